//! A rate budget that does not allow a call in time.

use std::time::Duration;

/// The longest wait that is asked for: until then, others may have left the queue.
const LONGEST: Duration = Duration::from_mins(1);

/// The rate budget does not allow the call within the time given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// The time until it does, at most a minute.
    pub retry_after: Duration,
}

impl Exhausted {
    /// Asks to wait this long, or the longest time.
    pub(super) fn with_wait(wait: Duration) -> Self {
        Self { retry_after: wait.min(LONGEST) }
    }
}
