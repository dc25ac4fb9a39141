//! Gitea's knowledge of the pushes to a repository: it handles them in a queue, after `git push`
//! has returned (seen with Gitea 1.25.2, 1.21.4 and Forgejo 11.0.1).

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::Timestamp;
use parking_lot::Mutex;

use crate::core::clock::Clock;

/// The pushes to one repository; all clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Pushes {
    clock: Clock,
    /// The time for which a push stays unnoticed.
    lag: Duration,
    unnoticed: Arc<Mutex<Option<Unnoticed>>>,
    /// The changes of the repository: the moment when Gitea notices one, and its time.
    changes: Arc<Mutex<Vec<(Instant, Timestamp)>>>,
}

/// The references from before the pushes that are unnoticed.
#[derive(Clone, Debug)]
pub(super) struct Unnoticed {
    pub(super) branches: Vec<(String, String)>,
    pub(super) default_branch: String,
    until: Instant,
}

impl Pushes {
    pub(super) fn new(clock: Clock, lag: Duration) -> Self {
        Self { clock, lag, unnoticed: Arc::default(), changes: Arc::default() }
    }

    /// Returns the references from before the pushes that are unnoticed, if there are any.
    pub(super) fn unnoticed(&self) -> Option<Unnoticed> {
        self.unnoticed.lock().clone().filter(|old| old.until > self.clock.now())
    }

    /// Queues a push that has just ended, before which Gitea knew these branches.
    pub(super) fn queue(&self, branches: Vec<(String, String)>, default_branch: String) {
        let until = self.clock.now() + self.lag;
        *self.unnoticed.lock() = Some(Unnoticed { branches, default_branch, until });
        self.record(until);
    }

    /// Notices every push at once, as commits through the API do.
    pub(super) fn notice(&self) {
        *self.unnoticed.lock() = None;
        self.record(self.clock.now());
    }

    /// Returns the time of the last change that Gitea has noticed, in whole seconds.
    pub(super) fn updated_at(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let changes = self.changes.lock();
        changes.iter().filter(|(noticed, _)| *noticed <= now).map(|(_, at)| *at).max()
    }

    /// Records a change that is noticed at that moment.
    fn record(&self, noticed: Instant) {
        let (now, mut changes) = (self.clock.now(), self.changes.lock());
        if let Some(last) = changes.iter().rposition(|(before, _)| *before <= now) {
            changes.drain(..last);
        }
        let seconds = self.clock.timestamp_at(noticed).as_millis() / 1_000;
        changes.push((noticed, Timestamp::from_millis(seconds * 1_000)));
    }
}
