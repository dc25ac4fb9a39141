//! Storages, tasks, backups and tags, which belong to a resource, and the S3 storages that backups are copied to.

use std::time::Instant;

use covibe_domain::Timestamp;

use crate::coolify::json_values::{Object, random_uuid};
use crate::core::clock::timestamp;

/// Everything that belongs to resources, each with the uuid of its owner.
#[derive(Default)]
pub(crate) struct Attached {
    pub(crate) storages: Vec<Storage>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) backups: Vec<Backup>,
    pub(crate) tags: Vec<Tag>,
}

impl Attached {
    /// Removes everything whose owner no longer exists.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.storages.retain(|one| is_there(&one.owner));
        self.tasks.retain(|one| is_there(&one.owner));
        self.backups.retain(|one| is_there(&one.owner));
        self.tags.retain(|one| is_there(&one.owner));
    }

    /// Returns the storages of an owner, oldest first.
    pub(crate) fn storages_of(&self, owner: &str) -> impl Iterator<Item = &Storage> {
        self.storages.iter().filter(move |one| one.owner == owner)
    }
}

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
            uuid: random_uuid(),
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

/// A command that Coolify runs in a container, by the clock or on request.
pub(crate) struct Task {
    pub(crate) uuid: String,
    /// The uuid of the application or service.
    pub(crate) owner: String,
    /// The columns that answers show, except uuid and times.
    pub(crate) fields: Object,
    pub(crate) executions: Vec<Execution>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// One run of a task.
pub(crate) struct Execution {
    pub(crate) uuid: String,
    /// The moment when the worker takes it up; it is not listed before.
    pub(crate) begins: Instant,
    pub(crate) ends: Instant,
    /// True if the container runs, so that the command can be run in it.
    pub(crate) is_run: bool,
    pub(crate) created: Timestamp,
}

/// The schedule of a database's backups.
pub(crate) struct Backup {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    /// The number of its database, counted separately for each type.
    pub(crate) database_number: usize,
    /// The uuid of its database.
    pub(crate) owner: String,
    /// The class of its database.
    pub(crate) class: String,
    /// The columns that a request can set.
    pub(crate) fields: Object,
    pub(crate) created: Timestamp,
}

/// An S3 bucket of the team.
pub(crate) struct S3Storage {
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) region: String,
    pub(crate) is_usable: bool,
    pub(crate) created: Timestamp,
}

/// A tag of a resource.
pub(crate) struct Tag {
    pub(crate) uuid: String,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
}
