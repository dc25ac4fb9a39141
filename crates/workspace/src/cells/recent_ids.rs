//! Events of the last minutes: a start or deletion that Coolify may not have seen yet, or a failure.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The time for which Coolify may report a state from before a start (4.3.11).
const STALE_FOR: Duration = Duration::from_mins(5);

/// The ids that this process noted in the last five minutes, in one cell.
#[derive(Debug, Default)]
pub(crate) struct RecentIds(Mutex<HashMap<String, Instant>>);

impl RecentIds {
    /// Notes an id.
    pub(crate) fn note(&self, uuid: &str) {
        let mut started = self.0.lock();
        started.retain(|_, at| at.elapsed() < STALE_FOR);
        started.insert(uuid.to_owned(), Instant::now());
    }

    /// Removes an id.
    pub(crate) fn forget(&self, uuid: &str) {
        self.0.lock().remove(uuid);
    }

    /// Returns whether this id was noted in the last five minutes.
    pub(crate) fn contains(&self, uuid: &str) -> bool {
        self.age(uuid).is_some()
    }

    /// Returns the time since this id was noted, if that was in the last five minutes.
    pub(crate) fn age(&self, uuid: &str) -> Option<Duration> {
        self.0.lock().get(uuid).map(Instant::elapsed).filter(|age| *age < STALE_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_a_start_after_five_minutes() {
        let recent = RecentIds::default();
        recent.note("one");
        assert!(recent.contains("one") && !recent.contains("other"));
        recent.note("other");
        recent.forget("other");
        assert!(!recent.contains("other"));
        let long_ago = Instant::now().checked_sub(STALE_FOR).unwrap();
        recent.0.lock().insert("one".to_owned(), long_ago);
        assert!(!recent.contains("one"));
    }
}
