//! Issues of a repository, and labels.

use std::sync::Arc;

use covibe_domain::Timestamp;
use parking_lot::{Mutex, MutexGuard};

/// A repository's issues, by the time of their creation; every clone is the same list.
#[derive(Clone, Default)]
pub(crate) struct Issues(Arc<Mutex<Vec<Issue>>>);

impl Issues {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Vec<Issue>> {
        self.0.lock()
    }

    /// Returns the highest number; 0 without an issue.
    pub(crate) fn last_number(&self) -> i64 {
        self.lock().iter().map(|issue| issue.number).max().unwrap_or(0)
    }
}

/// An issue.
pub(crate) struct Issue {
    pub(crate) id: i64,
    /// Its number, which no pull request of the repository has.
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) body: String,
    /// The id of its author.
    pub(crate) author: i64,
    /// The ids of its labels.
    pub(crate) labels: Vec<i64>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) closed: Option<Timestamp>,
}

/// Where a label can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelPlace {
    /// In the repository with this id.
    Repo(i64),
    /// In every repository of the organisation with this id.
    Org(i64),
}

/// A label.
pub(crate) struct Label {
    pub(crate) id: i64,
    pub(crate) place: LabelPlace,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) description: String,
}

impl Label {
    /// Returns whether issues of a repository can have it, by the ids of that and of its owner.
    pub(crate) fn is_in(&self, repo: i64, owner: i64) -> bool {
        self.place == LabelPlace::Repo(repo) || self.place == LabelPlace::Org(owner)
    }
}
