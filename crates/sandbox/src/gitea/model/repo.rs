//! Repositories of organisations.

use covibe_domain::Timestamp;

use super::pulls::Pulls;
use crate::gitea::repository::BareRepository;

/// A repository. Whether it is empty, and its default branch, are read from disk.
pub(crate) struct Repo {
    pub(crate) id: i64,
    /// Its organisation's id.
    pub(crate) org: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_private: bool,
    pub(crate) is_archived: bool,
    pub(crate) created: Timestamp,
    pub(crate) bare: BareRepository,
    pub(crate) pulls: Pulls,
}
