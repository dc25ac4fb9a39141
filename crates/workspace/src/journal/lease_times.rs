//! The times of a lease: a call's wait for the one of another call, and the duration of its own.

use std::time::{Duration, Instant};

/// The interval at which a call checks whether another one has ended.
pub(crate) const PAUSE: Duration = Duration::from_millis(300);

/// The time before its deadline when a call stops waiting for another one, so that it can still
/// answer.
const MARGIN: Duration = Duration::from_secs(3);

/// The time after its deadline from which a call certainly no longer works under its lease.
const GRACE: Duration = Duration::from_secs(2);

/// The patience of a call with this deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience(pub(crate) Instant);

impl Patience {
    /// Returns the time until which the call waits for another one.
    pub(crate) fn until(self) -> Instant {
        self.0.checked_sub(MARGIN).unwrap_or(self.0)
    }

    /// Returns the duration of a lease that the call acquires now.
    pub(crate) fn lease(self) -> Duration {
        self.0.saturating_duration_since(Instant::now()) + GRACE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_stops_waiting_before_its_deadline_and_its_lease_ends_after_it() {
        let deadline = Instant::now() + Duration::from_mins(1);
        let patience = Patience(deadline);
        assert!(patience.until() < deadline);
        let lease = patience.lease();
        assert!(Instant::now() + lease > deadline);
    }
}
