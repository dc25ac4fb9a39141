//! A rate budget that does not allow a call in time.

use std::time::Duration;

/// The rate budget does not allow the call within the time given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// The time until it does.
    pub retry_after: Duration,
}
