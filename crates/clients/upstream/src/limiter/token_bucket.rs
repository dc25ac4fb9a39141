//! Tokens that become due by a clock of their own.
//!
//! There is no background task: each waiter also hands out the tokens that become due.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

use super::announced_rate_limit::PaceChange;
use super::budget_terms::{Exhausted, Priority, Rate, Share, WaitLimits};
use super::fair_queue::AGED;
use super::queued_bucket::{Bucket, Tokens, enter};

/// The maximum factor by which the time between the calls of a window grows for other consumers.
const MOST_STRETCHED: u32 = 4;

/// The length of a window.
const WINDOW: Duration = Duration::from_mins(1);

/// A token bucket that stores its tokens as earned time.
pub(super) struct TokenBucket {
    rate: Rate,
    interval: Duration,
    burst: u32,
    credit: Duration,
    counted: Instant,
    /// The end of the current window, if it is known: the next one brings new calls.
    window_ends: Option<Instant>,
}

impl TokenBucket {
    pub(super) fn new(rate: Rate) -> Self {
        let mut clock = Self {
            rate,
            interval: Duration::ZERO,
            burst: 0,
            credit: Duration::ZERO,
            counted: Instant::now(),
            window_ends: None,
        };
        clock.set(rate);
        clock.credit = clock.max_credit();
        clock
    }

    /// Changes the rate, and keeps the tokens as far as they fit.
    fn set(&mut self, rate: Rate) {
        self.rate = rate;
        self.burst = rate.burst.max(1);
        self.reprice(Duration::from_mins(1) / rate.per_minute.max(1));
    }

    /// Changes the time that earns a token, and keeps the tokens.
    fn reprice(&mut self, interval: Duration) {
        if !self.interval.is_zero() {
            self.credit = interval.mul_f64(self.credit.as_secs_f64() / self.interval.as_secs_f64());
        }
        self.interval = interval;
        self.credit = self.credit.min(self.max_credit());
    }

    fn max_credit(&self) -> Duration {
        self.interval.saturating_mul(self.burst)
    }

    /// Returns the credit that a call of this priority needs.
    fn needed(&self, priority: Priority) -> Duration {
        let left = if priority == Priority::Urgent { Duration::ZERO } else { self.reserve() };
        left.saturating_add(self.interval)
    }

    /// Returns when the next token for this priority is due.
    fn due(&self, priority: Priority) -> Instant {
        self.counted + self.needed(priority).saturating_sub(self.credit)
    }

    /// Returns the credit that polls leave to urgent calls: half of the burst, and ever less of it, down
    /// to a fifth, towards the end of a window, where it would be lost.
    fn reserve(&self) -> Duration {
        let most = self.interval.saturating_mul(self.burst / 2);
        let Some(ends) = self.window_ends.filter(|ends| *ends > self.counted) else { return most };
        let least = self.interval.saturating_mul(self.burst / 5);
        let rest = (ends - self.counted).min(WINDOW).div_duration_f64(WINDOW);
        least + most.saturating_sub(least).mul_f64(rest)
    }
}

impl Tokens for TokenBucket {
    fn refill(&mut self, now: Instant) {
        let earned = now.saturating_duration_since(self.counted);
        self.credit = self.credit.saturating_add(earned).min(self.max_credit());
        self.counted = self.counted.max(now);
    }

    fn take(&mut self, priority: Priority) -> bool {
        let enough = self.credit >= self.needed(priority);
        if enough {
            self.credit -= self.interval;
        }
        enough
    }

    fn spare(&self, _now: Instant) -> u32 {
        let spare = self.credit.saturating_sub(self.reserve());
        u32::try_from(spare.as_nanos() / self.interval.as_nanos().max(1)).unwrap_or(u32::MAX)
    }

    fn put_back(&mut self) {
        self.credit = self.credit.saturating_add(self.interval).min(self.max_credit());
    }

    fn wait(&self, turns: u32, priority: Priority, _now: Instant) -> Duration {
        let before = self.interval.saturating_mul(turns.saturating_sub(1));
        self.needed(priority).saturating_add(before).saturating_sub(self.credit)
    }

    fn change(&mut self, change: PaceChange, in_flight: u32) {
        match change {
            PaceChange::Rate(rate) => {
                self.set(rate);
                self.window_ends = None;
            }
            PaceChange::Window(rate, counted) => {
                self.set(rate);
                self.window_ends = None;
                let left = self.burst.saturating_sub(counted).saturating_sub(in_flight);
                self.credit = self.interval.saturating_mul(left);
            }
        }
    }

    fn stretch(&mut self, left: u32, time: Duration) {
        self.window_ends = Some(self.counted + time);
        let base = Duration::from_mins(1) / self.rate.per_minute.max(1);
        let stretched = if left > 0 { time / left } else { base };
        self.reprice(stretched.clamp(base, base * MOST_STRETCHED));
    }
}

impl Bucket<TokenBucket> {
    /// Returns when to serve again.
    fn due(&self, now: Instant) -> Instant {
        self.tokens.due(self.next_priority()).max(self.allowed_at(now))
    }
}

/// Takes one call from the bucket.
pub(super) async fn acquire(
    bucket: &Mutex<Bucket<TokenBucket>>,
    (share, priority): (&Share, Priority),
    patience: WaitLimits,
) -> Result<(), Exhausted> {
    let aged = Instant::now() + AGED;
    let Some(mut place) = enter(bucket, (share, priority), patience)? else { return Ok(()) };
    let end = place.end;
    loop {
        let now = Instant::now();
        let mut due = bucket.lock().due(now).min(end);
        if priority != Priority::Urgent && aged > now {
            due = due.min(aged);
        }
        tokio::select! {
            biased;
            _ = &mut place.turn => { place.served = true; return Ok(()) }
            () = sleep_until(due) => {}
        }
        let now = Instant::now();
        let mut inside = bucket.lock();
        inside.serve(now);
        if place.turn.try_recv().is_ok() {
            place.served = true;
            return Ok(());
        }
        drop(inside);
        if now >= end {
            // Leaves the queue first, so that its own place does not count in the wait.
            drop(place);
            let wait = bucket.lock().wait_of(share, priority, Instant::now());
            return Err(Exhausted::with_wait(wait));
        }
    }
}
