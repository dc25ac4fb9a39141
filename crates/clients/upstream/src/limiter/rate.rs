//! The rate at which calls may be made.

/// Calls per minute in the long run, and calls at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The calls per minute in the long run.
    pub per_minute: u32,
    /// The calls at once.
    pub burst: u32,
}

impl Rate {
    /// Returns the rate that stays within a limit of calls in any minute: the sum of both is the limit.
    pub fn within_limit(limit: u32) -> Self {
        let burst = limit / 4;
        Self { per_minute: limit - burst, burst }
    }

    /// Returns the rate for a limit of calls in minutes that are known to begin now: more of them at
    /// once, because the next minute brings as many again.
    pub(super) fn by_window(limit: u32) -> Self {
        let burst = limit / 2;
        Self { per_minute: limit - burst, burst }
    }
}
