//! The clock of a simulator: the system's, which a test can move forward.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use covibe_domain::Timestamp;
use parking_lot::{Condvar, Mutex};

/// A monotonic clock; every clone is the same clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// The time by which the clock is ahead of the system's.
    ahead: Mutex<Duration>,
    advanced: Condvar,
}

impl Clock {
    /// Returns the current moment.
    pub(crate) fn now(&self) -> Instant {
        Instant::now() + *self.0.ahead.lock()
    }

    /// Returns the current time of day, by this clock.
    pub(crate) fn time(&self) -> SystemTime {
        SystemTime::now() + *self.0.ahead.lock()
    }

    /// Returns the time of day at a moment, by this clock.
    pub(crate) fn timestamp_at(&self, moment: Instant) -> Timestamp {
        let now = i64::try_from(self.0.ahead.lock().as_millis()).unwrap_or(i64::MAX);
        let now = timestamp().as_millis().saturating_add(now);
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        let present = self.now();
        let since = millis(moment.saturating_duration_since(present));
        Timestamp::from_millis(now + since - millis(present.saturating_duration_since(moment)))
    }

    /// Moves the clock forward and wakes everything that sleeps by it.
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.ahead.lock() += by;
        self.0.advanced.notify_all();
    }

    /// Blocks until the clock shows `moment`.
    pub(crate) fn sleep_until(&self, moment: Instant) {
        let mut ahead = self.0.ahead.lock();
        while let Some(deadline) = moment.checked_sub(*ahead).filter(|at| *at > Instant::now()) {
            self.0.advanced.wait_until(&mut ahead, deadline);
        }
    }
}

/// Returns the system's present time, which [`Clock::advance`] does not move.
pub(crate) fn timestamp() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_the_clock_wakes_a_sleeper() {
        let clock = Clock::default();
        let moment = clock.now() + Duration::from_hours(1);
        let sleeper = clock.clone();
        let thread = std::thread::spawn(move || sleeper.sleep_until(moment));
        clock.advance(Duration::from_mins(30));
        assert!(clock.now() < moment);
        clock.advance(Duration::from_mins(30));
        thread.join().unwrap();
        assert!(clock.now() >= moment);
    }
}
