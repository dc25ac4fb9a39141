//! Storages: the mounts of a container, which outlive its replacement.

use covibe_domain::Timestamp;

use crate::coolify::uuid;
use crate::core::clock::timestamp;

/// A mount of a resource or of a service's container.
pub(crate) struct Storage {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    /// The uuid of the resource, or of the service's container, that mounts it.
    pub(crate) owner: String,
    pub(crate) mount_path: String,
    pub(crate) source: Source,
    /// True if it comes from a compose file, so that only the file can change it.
    pub(crate) is_read_only: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// The source of a mount.
pub(crate) enum Source {
    /// A docker volume of that name, or else a folder of the host.
    Persistent { name: String, host_path: Option<String> },
    /// A file or folder that Coolify writes on the host.
    File { fs_path: String, content: Option<String>, is_directory: bool },
}

impl Storage {
    /// Creates a storage that can be changed.
    pub(crate) fn new(id: i64, owner: &str, mount_path: &str, source: Source) -> Self {
        let now = timestamp();
        Self {
            id,
            uuid: uuid::random(),
            owner: owner.to_owned(),
            mount_path: mount_path.to_owned(),
            source,
            is_read_only: false,
            created: now,
            updated: now,
        }
    }

    /// Returns whether it is a file or folder that Coolify writes on the host.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.source, Source::File { .. })
    }

    /// Returns the docker volume's name; `None` for a folder or file of the host.
    pub(crate) fn volume(&self) -> Option<&str> {
        match &self.source {
            Source::Persistent { name, host_path: None } => Some(name),
            _ => None,
        }
    }
}
