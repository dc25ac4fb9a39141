//! Tokens that become due by a clock of their own.
//!
//! There is no background task: each waiter also hands out the tokens that become due.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep_until};

use super::exhausted::Exhausted;
use super::queue::{Bucket, Tokens, enter};

/// A token bucket that stores its tokens as earned time.
pub(super) struct Clock {
    interval: Duration,
    most: Duration,
    credit: Duration,
    counted: Instant,
}

impl Clock {
    pub(super) fn new(per_minute: u32, burst: u32) -> Self {
        let interval = Duration::from_mins(1) / per_minute.max(1);
        let most = interval.saturating_mul(burst.max(1));
        Self { interval, most, credit: most, counted: Instant::now() }
    }

    /// Returns when the next token is due.
    fn due(&self) -> Instant {
        self.counted + self.interval.saturating_sub(self.credit)
    }
}

impl Tokens for Clock {
    fn refill(&mut self, now: Instant) {
        let earned = now.saturating_duration_since(self.counted);
        self.credit = self.credit.saturating_add(earned).min(self.most);
        self.counted = self.counted.max(now);
    }

    fn take(&mut self) -> bool {
        let enough = self.credit >= self.interval;
        if enough {
            self.credit -= self.interval;
        }
        enough
    }

    fn put_back(&mut self) {
        self.credit = self.credit.saturating_add(self.interval).min(self.most);
    }

    fn wait(&self, turns: u32) -> Duration {
        self.interval.saturating_mul(turns).saturating_sub(self.credit)
    }
}

/// Takes one call from the bucket.
pub(super) async fn acquire(
    bucket: &Mutex<Bucket<Clock>>,
    share: &str,
    wait: Duration,
) -> Result<(), Exhausted> {
    let end = Instant::now() + wait;
    let Some(mut place) = enter(bucket, share, wait)? else { return Ok(()) };
    loop {
        let due = bucket.lock().tokens.due().min(end);
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
        if now >= end {
            return Err(Exhausted { retry_after: inside.wait_of(share) });
        }
    }
}
