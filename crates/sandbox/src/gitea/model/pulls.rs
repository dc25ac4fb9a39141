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
    /// The branch to be merged.
    pub(crate) head: String,
    /// The branch that it is merged into.
    pub(crate) base: String,
    /// The tips at creation or merge, for when the branches are gone.
    pub(crate) head_commit: String,
    pub(crate) base_commit: String,
    /// Its creator, as answers show users.
    pub(crate) user: Value,
    pub(crate) created: Timestamp,
    pub(crate) merge: Option<Merge>,
}

/// How a pull request was merged.
pub(crate) struct Merge {
    pub(crate) commit: String,
    /// Who merged it, as answers show users.
    pub(crate) by: Value,
    pub(crate) at: Timestamp,
}
