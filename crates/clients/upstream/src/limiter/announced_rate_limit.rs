//! The upstream's rate limit and its windows, as its answers state them.
//!
//! An upstream counts in windows of a minute, which begin with the first call after the last one
//! ended (Laravel), and counts the calls of others with the same account too.

use std::time::Duration;

use tokio::time::Instant;

use super::budget_terms::Rate;

/// The length of a window.
const WINDOW: Duration = Duration::from_mins(1);

/// The time by which a window may last longer than that, because upstreams count in whole seconds.
const SLACK: Duration = Duration::from_secs(2);

/// The longest time that no call is made after a refusal: by then a window has ended, whatever the
/// answer asked for (a proxy in front of the upstream may ask for an hour).
const MOST_BLOCKED: Duration = WINDOW.saturating_add(SLACK);

/// The interval of trial calls while none should be left.
const PROBE: Duration = Duration::from_secs(1);

/// The time for which a count is not believed after it was found to be wrong.
const DISTRUST: Duration = Duration::from_mins(10);

/// The state of the rate limit, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// The maximum number of calls per minute that the operator allows.
    most: Option<u32>,
    limit: Option<u32>,
    window: Option<Window>,
    /// Calls that may be made but have no answer yet.
    in_flight: u32,
    blocked_until: Option<Instant>,
    distrusted_until: Option<Instant>,
}

/// The current window.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// The highest count of its calls in an answer.
    counted: u32,
    /// The time of that answer.
    told_at: Instant,
    /// When its first answer came.
    known_since: Instant,
    /// Its earliest beginning, if that was noticed.
    begun_after: Option<Instant>,
    /// Its latest end.
    until: Instant,
}

/// A change of the pace of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaceChange {
    /// A new limit; the windows are not known.
    Rate(Rate),
    /// A window began; so many of its calls are counted already.
    Window(Rate, u32),
}

impl Usage {
    pub(super) fn at_most(most: Option<u32>) -> Self {
        Self { most, ..Self::default() }
    }

    pub(super) fn record_begin(&mut self) {
        self.in_flight = self.in_flight.saturating_add(1);
    }

    pub(super) fn record_end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Records the state of the rate limit from the answer to a call that was sent at `sent_at`.
    pub(super) fn record_answer(
        &mut self,
        told: RateLimitState,
        sent_at: Instant,
        now: Instant,
    ) -> Option<PaceChange> {
        let limit = told.limit()?;
        let is_new = self.limit.replace(limit) != Some(limit);
        if let Some(wait) = told.used_up_for() {
            self.blocked_until = Some(now + wait.min(MOST_BLOCKED));
            self.window = None;
            return is_new.then(|| self.rate());
        }
        let counted = told.counted_calls().filter(|_| !self.is_distrusted(now));
        let begins = counted.is_some_and(|counted| self.count(counted, sent_at, now));
        match (begins, self.window) {
            (true, Some(window)) => {
                Some(PaceChange::Window(Rate::by_window(self.pace()), window.counted))
            }
            (true, None) => Some(self.rate()),
            (false, _) => is_new.then(|| self.rate()),
        }
    }

    /// Records a count; returns whether the window is another one than before.
    fn count(&mut self, counted: u32, sent_at: Instant, now: Instant) -> bool {
        let live = self.window.filter(|window| now < window.until);
        let begun = |begun_after| Window {
            counted,
            told_at: now,
            known_since: now,
            begun_after,
            until: now + WINDOW + SLACK,
        };
        match live {
            None => self.window = Some(begun(None)),
            // A call that was sent earlier may belong to the window before.
            Some(window) if sent_at < window.known_since => return false,
            Some(window) if counted > window.counted => {
                self.window = Some(Window { counted, told_at: now, ..window });
                return false;
            }
            // A call that was sent after that answer and has a lower count belongs to a later
            // window.
            Some(window) if sent_at > window.told_at => {
                if window.begun_after.is_some_and(|begun| now + SLACK < begun + WINDOW) {
                    // A window can't be that short.
                    self.distrusted_until = Some(now + DISTRUST);
                    self.window = None;
                } else {
                    self.window = Some(begun(Some(window.told_at)));
                }
            }
            Some(_) => return false,
        }
        true
    }

    /// Notices that the window is over; returns what changes then.
    pub(super) fn passed(&mut self, now: Instant) -> Option<PaceChange> {
        self.window.filter(|window| window.until <= now)?;
        self.window = None;
        Some(PaceChange::Window(Rate::by_window(self.pace()), 0))
    }

    /// Returns whether a call may be made, as far as the upstream's answers say.
    pub(super) fn allows(&self, now: Instant) -> bool {
        self.due(now) <= now
    }

    /// Returns when the next call may be made.
    pub(super) fn due(&self, now: Instant) -> Instant {
        if let Some(until) = self.blocked_until.filter(|until| *until > now) {
            return until;
        }
        match self.window {
            Some(window) if self.calls_left(now) == Some(0) => {
                // The end of the window is a guess. A call that is refused reveals it, and one that
                // is not shows that the count is wrong.
                let probe = window.told_at + PROBE;
                let is_due = self.in_flight == 0 && probe <= now;
                if is_due { now } else { probe.max(now + PROBE / 10).min(window.until) }
            }
            _ => now,
        }
    }

    /// Returns how many calls are left in the window, and its time.
    pub(super) fn remaining_window(&self, now: Instant) -> Option<(u32, Duration)> {
        let until = self.window?.until;
        Some((self.calls_left(now)?, until.saturating_duration_since(now)))
    }

    /// Returns the limit, and how many calls of it are left: none after a refusal, and all when no window is
    /// known, because it is over.
    pub(super) fn remaining(&self, now: Instant) -> Option<(u32, u32)> {
        let limit = self.limit?;
        let is_blocked = self.blocked_until.is_some_and(|until| now < until);
        let left = if is_blocked { 0 } else { self.calls_left(now).unwrap_or(limit) };
        Some((limit, left))
    }

    fn calls_left(&self, now: Instant) -> Option<u32> {
        let window = self.window.filter(|window| now < window.until)?;
        Some(self.limit?.saturating_sub(window.counted).saturating_sub(self.in_flight))
    }

    fn is_distrusted(&self, now: Instant) -> bool {
        self.distrusted_until.is_some_and(|until| now < until)
    }

    fn rate(&self) -> PaceChange {
        PaceChange::Rate(Rate::within_limit(self.pace()))
    }

    /// Returns the calls per minute to make.
    fn pace(&self) -> u32 {
        let limit = self.limit.unwrap_or(u32::MAX);
        self.most.map_or(limit, |most| most.min(limit)).max(1)
    }
}

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
    fn limit(self) -> Option<u32> {
        let limit = self.limit.filter(|limit| *limit > 0)?;
        let is_possible = self.remaining.is_none_or(|remaining| remaining <= limit);
        is_possible.then_some(limit.min(Self::MOST))
    }

    /// Returns how many calls of the window were counted.
    fn counted_calls(self) -> Option<u32> {
        let (limit, remaining) = (self.limit()?, self.remaining?);
        Some(limit.saturating_sub(remaining))
    }

    /// Returns how long the limit is used up. A 429 has other reasons too: Coolify answers one where
    /// its queue of deployments is full (4.3.11), with calls remaining.
    fn used_up_for(self) -> Option<Duration> {
        self.refused_for.filter(|_| self.limit().is_some() && self.remaining == Some(0))
    }
}
