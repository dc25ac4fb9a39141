//! S3 storages, which backups are copied to.

use covibe_domain::Timestamp;

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
