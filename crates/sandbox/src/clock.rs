//! Time as a simulator sees it: the system's, which a test can move forward.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::server::lock;

/// A monotonic clock; every clone is the same clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// How far the clock is ahead of the system's.
    ahead: Mutex<Duration>,
    advanced: Condvar,
}

impl Clock {
    /// Returns the present moment.
    pub(crate) fn now(&self) -> Instant {
        Instant::now() + *lock(&self.0.ahead)
    }

    /// Moves the clock forward and wakes everything that sleeps by it.
    pub(crate) fn advance(&self, by: Duration) {
        *lock(&self.0.ahead) += by;
        self.0.advanced.notify_all();
    }

    /// Blocks for this long by the clock.
    pub(crate) fn sleep(&self, time: Duration) {
        let moment = self.now() + time;
        let mut ahead = lock(&self.0.ahead);
        loop {
            let left = moment.saturating_duration_since(Instant::now() + *ahead);
            if left.is_zero() {
                return;
            }
            let waited = self.0.advanced.wait_timeout(ahead, left);
            ahead = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_wakes_a_sleeper() {
        let clock = Clock::default();
        let moment = clock.now() + Duration::from_hours(1);
        let sleeper = clock.clone();
        let thread = std::thread::spawn(move || sleeper.sleep(Duration::from_hours(1)));
        clock.advance(Duration::from_mins(30));
        assert!(clock.now() < moment);
        clock.advance(Duration::from_mins(31));
        thread.join().unwrap();
        assert!(clock.now() >= moment);
    }
}
