//! Pull requests between the branches of one repository.

use std::sync::Arc;

use covibe_domain::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

/// A repository's pull requests, which share their numbers with its issues; every clone is the same list.
#[derive(Clone, Default)]
pub(crate) struct Pulls(Arc<Mutex<Vec<Pull>>>);

impl Pulls {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Vec<Pull>> {
        self.0.lock()
    }

    /// Returns the highest number; 0 without a pull request.
    pub(crate) fn last_number(&self) -> i64 {
        self.lock().iter().map(|pull| pull.number).max().unwrap_or(0)
    }
}

/// A pull request.
pub(crate) struct Pull {
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) body: String,
    /// The branch to merge.
    pub(crate) head: String,
    /// The branch that it is merged into.
    pub(crate) base: String,
    /// The tips at creation or merge, for later when the branches are deleted.
    pub(crate) head_commit: String,
    pub(crate) base_commit: String,
    /// Its creator, as answers show users.
    pub(crate) user: Value,
    pub(crate) created: Timestamp,
    pub(crate) merge: Option<Merge>,
}

/// The merge of a pull request.
pub(crate) struct Merge {
    pub(crate) commit: String,
    /// The user who merged it, as answers show users.
    pub(crate) by: Value,
    pub(crate) at: Timestamp,
}
