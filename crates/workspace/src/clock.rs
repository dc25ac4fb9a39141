//! The wall clock, in the resolution that the database keeps.

use std::time::Duration;

use covibe_domain::Timestamp;

/// Returns the time that is `wait` after `at`.
pub(crate) fn time_after(at: Timestamp, wait: Duration) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(millis(wait)))
}

/// Returns the time that is `ago` before now.
pub(crate) fn time_before_now(ago: Duration) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis().saturating_sub(millis(ago)))
}

/// Returns the time from one moment to a later one; zero if that has passed.
pub(crate) fn time_between(from: Timestamp, until: Timestamp) -> Duration {
    let left = until.as_millis().saturating_sub(from.as_millis()).max(0);
    Duration::from_millis(left.unsigned_abs())
}

/// Returns a duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
