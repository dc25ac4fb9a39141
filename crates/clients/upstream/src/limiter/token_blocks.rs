//! Tokens that are drawn in blocks from a shared count.

use std::time::Duration;

use tokio::time::Instant;

use super::budget::Grant;
use super::priority::Priority;
use super::rate::Rate;
use super::tokens::Tokens;
use super::usage::PaceChange;

/// The time for which a block is valid: the count that it was drawn from refills meanwhile.
const LIFE: Duration = Duration::from_secs(10);

/// The pause before the next draw after the count could not be reached.
const RETRY: Duration = Duration::from_secs(1);

/// The bounds of the wait that the count may ask for.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_mins(1));

/// The number of blocks that the calls of a minute are drawn in.
const BLOCKS: u32 = 40;

/// The rest of the last block, and the time from which the next one may be drawn.
pub(super) struct Block {
    /// The rate at which the count refills.
    pub(super) rate: Rate,
    most: u32,
    size: u32,
    granted: u32,
    left: u32,
    until: Instant,
    next: Instant,
    down: bool,
    pub(super) drawing: bool,
}

impl Block {
    pub(super) fn new(rate: Rate) -> Self {
        let now = Instant::now();
        Self {
            rate,
            most: most_of(rate),
            size: 1,
            granted: 0,
            left: 0,
            until: now,
            next: now,
            down: false,
            drawing: false,
        }
    }

    /// Returns when the next block may be drawn.
    pub(super) fn next_draw_at(&self) -> Instant {
        self.next
    }

    /// Returns whether tokens are left.
    pub(super) fn has_left(&self) -> bool {
        self.left > 0
    }

    /// Returns how many tokens to draw for this many waiters: more than that when the last block
    /// was used up early.
    pub(super) fn want(&mut self, waiting: usize) -> u32 {
        if self.granted > 0 && Instant::now() < self.until {
            self.size = self.size.saturating_mul(2).min(self.most);
        }
        u32::try_from(waiting).unwrap_or(u32::MAX).max(self.size).min(self.most)
    }

    /// Records the result of a draw; `None` when the count could not be reached.
    pub(super) fn record_draw(&mut self, grant: Option<Grant>) {
        let now = Instant::now();
        self.down = grant.is_none();
        self.next = match grant {
            None => now + RETRY,
            Some(Grant { calls: 0, retry_after }) => now + retry_after.clamp(PAUSES.0, PAUSES.1),
            Some(_) => now,
        };
        self.granted = grant.map_or(0, |grant| grant.calls);
        self.left = self.left.saturating_add(self.granted);
        if self.granted > 0 {
            self.until = now + LIFE;
        }
    }
}

impl Tokens for Block {
    fn refill(&mut self, now: Instant) {
        if self.left > 0 && now >= self.until {
            self.size = self.granted.saturating_sub(self.left).max(1);
            self.left = 0;
        }
    }

    fn take(&mut self, _priority: Priority) -> bool {
        let enough = self.left > 0;
        if enough {
            self.left -= 1;
        }
        enough
    }

    fn spare(&self) -> u32 {
        if Instant::now() < self.next { self.left } else { u32::MAX }
    }

    fn put_back(&mut self) {
        self.left = self.left.saturating_add(1);
    }

    fn due(&self, _priority: Priority) -> Instant {
        self.next
    }

    fn wait(&self, _turns: u32, _priority: Priority) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Changes only the rate. The begin of a window is not reported to the count, because several
    /// processes would report the same one.
    fn change(&mut self, change: PaceChange, _in_flight: u32) {
        let (PaceChange::Rate(rate) | PaceChange::Window(rate, _)) = change;
        self.rate = Rate::within_limit(rate.per_minute.saturating_add(rate.burst));
        self.most = most_of(self.rate);
    }

    fn stretch(&mut self, _left: u32, _time: Duration) {}

    fn is_closed(&self) -> bool {
        self.down && Instant::now() < self.next
    }
}

/// Returns the size of the largest block.
fn most_of(rate: Rate) -> u32 {
    (rate.per_minute.saturating_add(rate.burst) / BLOCKS).max(1)
}
