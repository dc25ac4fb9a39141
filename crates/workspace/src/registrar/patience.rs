//! How long a call works on a domain, and waits for another one that does.

use std::time::{Duration, Instant};

/// How long a call waits before it looks again whether another one has ended.
pub(crate) const PAUSE: Duration = Duration::from_millis(300);

/// How long before its deadline a call stops waiting for another one, so that it can still say so.
const MARGIN: Duration = Duration::from_secs(3);

/// How long after its deadline a call certainly works on a domain no more.
const GRACE: Duration = Duration::from_secs(2);

/// The patience of a call with this deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience(pub(crate) Instant);

impl Patience {
    /// Returns until when the call waits for another one.
    pub(crate) fn until(self) -> Instant {
        self.0.checked_sub(MARGIN).unwrap_or(self.0)
    }

    /// Returns how long a lease has to last that the call acquires now.
    pub(crate) fn lease(self) -> Duration {
        self.0.saturating_duration_since(Instant::now()) + GRACE
    }
}
