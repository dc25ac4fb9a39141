//! The state of the rate limit, as an answer's headers state it.

use std::time::Duration;

/// The state of the rate limit in an answer's headers `X-RateLimit-Limit`, `X-RateLimit-Remaining`
/// and `Retry-After`, as Laravel and many others send them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimitState {
    /// The calls of a window of a minute.
    pub limit: Option<u32>,
    /// The number of them that are left.
    pub remaining: Option<u32>,
    /// Set if the call was refused (429): how long to wait.
    pub refused_for: Option<Duration>,
}

impl RateLimitState {
    /// The highest limit that is believed.
    const MOST: u32 = 60_000;

    /// Returns the limit, unless it can't be one.
    pub(super) fn limit(self) -> Option<u32> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        let is_possible = self.remaining.is_none_or(|remaining| remaining <= limit);
        is_possible.then_some(limit.min(Self::MOST))
    }

    /// Returns how many calls of the window were counted.
    pub(super) fn counted_calls(self) -> Option<u32> {
        let (limit, remaining) = (self.limit()?, self.remaining?);
        Some(limit.saturating_sub(remaining))
    }

    /// Returns how long the limit is used up. A 429 has other reasons too: Coolify answers one where
    /// its queue of deployments is full (4.3.11), with calls remaining.
    pub(super) fn used_up_for(self) -> Option<Duration> {
        self.refused_for.filter(|_| self.limit().is_some() && self.remaining == Some(0))
    }
}
