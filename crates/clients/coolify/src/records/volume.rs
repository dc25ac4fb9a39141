//! A volume of an application.

use covibe_domain::StorageUuid;

/// A docker volume that an application's container mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Coolify's id of the mount.
    pub uuid: StorageUuid,
    /// Its name within the application; docker's has the application's id in front of it.
    pub name: String,
    /// The path in the container.
    pub mount_path: String,
}
