//! The longest time that a call waits for its turn.

use std::time::Duration;

/// The longest time that a call waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitLimits {
    /// The longest wait of a share's only waiter, whose turn depends on other shares alone.
    pub first: Duration,
    /// The longest wait behind other calls of the same share.
    pub further: Duration,
}

impl WaitLimits {
    /// Returns the same, but at most this long.
    #[must_use]
    pub fn at_most(self, limit: Duration) -> Self {
        Self { first: self.first.min(limit), further: self.further.min(limit) }
    }
}

impl From<Duration> for WaitLimits {
    fn from(wait: Duration) -> Self {
        Self { first: wait, further: wait }
    }
}
