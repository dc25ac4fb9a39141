//! What Gitea has noticed of the pushes to a repository: it handles them in a queue, after
//! `git push` has returned (seen with Gitea 1.25.2, 1.21.4 and Forgejo 11.0.1).

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::bare::BareRepository;
use crate::core::clock::Clock;

/// The pushes to one repository; every clone is the same.
#[derive(Clone, Debug)]
pub(crate) struct Pushes {
    clock: Clock,
    /// How long a push stays unnoticed.
    lag: Duration,
    unnoticed: Arc<Mutex<Option<Unnoticed>>>,
}

/// The references from before the pushes that are unnoticed.
#[derive(Clone, Debug)]
pub(super) struct Unnoticed {
    branches: Vec<(String, String)>,
    default_branch: String,
    until: Instant,
}

impl Pushes {
    pub(super) fn new(clock: Clock, lag: Duration) -> Self {
        Self { clock, lag, unnoticed: Arc::default() }
    }

    fn unnoticed(&self) -> Option<Unnoticed> {
        self.unnoticed.lock().clone().filter(|old| old.until > self.clock.now())
    }

    /// Notices every push at once, as commits through the API do.
    pub(super) fn notice(&self) {
        *self.unnoticed.lock() = None;
    }
}

impl BareRepository {
    /// Returns the branches that Gitea has noticed, sorted by name.
    pub(crate) fn noticed_branches(&self) -> Vec<(String, String)> {
        self.pushes().unnoticed().map_or_else(|| self.branches(), |old| old.branches)
    }

    /// Returns whether it has no branch that Gitea has noticed.
    pub(crate) fn is_empty(&self) -> bool {
        self.noticed_branches().is_empty()
    }

    /// Returns the default branch that Gitea shows: it follows a first push of `main` or `master` at
    /// once, and of another name late.
    pub(crate) fn noticed_default_branch(&self) -> String {
        let present = self.default_branch();
        match self.pushes().unnoticed() {
            Some(old) if !matches!(present.as_str(), "main" | "master") => old.default_branch,
            _ => present,
        }
    }

    /// Returns what [`Self::pushed`] needs to know of the time before a push.
    pub(super) fn before_push(&self) -> Unnoticed {
        Unnoticed {
            branches: self.noticed_branches(),
            default_branch: self.noticed_default_branch(),
            until: self.pushes().clock.now(),
        }
    }

    /// Queues a push that has just ended.
    pub(super) fn pushed(&self, before: Unnoticed) {
        let until = self.pushes().clock.now() + self.pushes().lag;
        *self.pushes().unnoticed.lock() = Some(Unnoticed { until, ..before });
    }
}
