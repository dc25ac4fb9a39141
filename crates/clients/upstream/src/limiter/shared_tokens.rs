//! Tokens drawn in blocks from a count that several processes share.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use std::{mem, thread};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use super::announced_rate_limit::PaceChange;
use super::budget_terms::{Exhausted, Priority, Rate, Share, WaitLimits};
use super::queued_bucket::{Bucket, Tokens, enter};

/// The timeout of a draw.
const DRAW: Duration = Duration::from_secs(2);

/// The wait that a call is asked for when it was not served in time and no better time is known.
const UNKNOWN: Duration = Duration::from_secs(1);

/// The time for which a block is valid: the count that it was drawn from refills meanwhile.
const LIFE: Duration = Duration::from_secs(10);

/// The pause before the next draw after the count could not be reached.
const RETRY: Duration = Duration::from_secs(1);

/// The bounds of the wait that the count may ask for.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_mins(1));

/// The number of blocks that the calls of a minute are drawn in.
const BLOCKS: u32 = 40;

/// A future on the heap, as the `async` methods of an object-safe trait return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The count of the calls of a rate budget that several processes share.
pub trait RateBudget: Send + Sync + 'static {
    /// Takes up to `want` calls (at least one) from the rate budget, which earns calls at `rate`.
    ///
    /// Returns `None` when the count can't be reached. The future may be dropped when it takes too
    /// long; what it has taken by then is lost to this process.
    fn draw(&self, want: u32, rate: Rate) -> BoxFuture<'_, Option<Grant>>;
}

impl fmt::Debug for dyn RateBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateBudget(…)")
    }
}

/// The result of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The number of calls that may be made.
    pub calls: u32,
    /// The time until the next one, when there are none.
    pub retry_after: Duration,
}

/// A bucket that is filled from a [`RateBudget`].
pub(super) struct Shared {
    pub(super) bucket: Mutex<Bucket<Block>>,
    budget: Arc<dyn RateBudget>,
    /// Notified when the drawing task has stopped while others wait.
    stopped: Notify,
}

/// The task that draws while there are waiters.
struct Drawer {
    shared: Arc<Shared>,
    begun: bool,
}

impl Shared {
    pub(super) fn new(budget: Arc<dyn RateBudget>, rate: Rate, most: Option<u32>) -> Self {
        let bucket = Mutex::new(Bucket::new(Block::new(rate), most));
        Self { bucket, budget, stopped: Notify::new() }
    }

    pub(super) async fn acquire(
        self: &Arc<Self>,
        (share, priority): (&Share, Priority),
        patience: WaitLimits,
    ) -> Result<(), Exhausted> {
        let place = enter(&self.bucket, (share, priority), patience);
        let Some(mut place) = place? else { return Ok(()) };
        loop {
            self.draw();
            tokio::select! {
                biased;
                turn = &mut place.turn => {
                    place.served = true;
                    return turn.map_err(|_| self.exhausted_error(share, priority));
                }
                () = self.stopped.notified() => {}
                () = sleep_until(place.end) => {
                    drop(place);
                    return Err(self.exhausted_error(share, priority));
                }
            }
        }
    }

    fn exhausted_error(&self, share: &Share, priority: Priority) -> Exhausted {
        let known = self.bucket.lock().wait_of(share, priority, Instant::now());
        Exhausted::with_wait(if known.is_zero() { UNKNOWN } else { known })
    }

    /// Starts the drawing task unless it runs.
    ///
    /// It is a task, so that neither the draw nor its waiters depend on the call that began it.
    fn draw(self: &Arc<Self>) {
        // The lock is released before the task is spawned: a runtime that is ending drops the task
        // at once.
        let drawing = mem::replace(&mut self.bucket.lock().tokens.drawing, true);
        if !drawing {
            tokio::spawn(Drawer { shared: Arc::clone(self), begun: false }.run());
        }
    }
}

impl Drawer {
    async fn run(mut self) {
        self.begun = true;
        while let Some(next) = self.next_draw_at() {
            sleep_until(next).await;
            if let Some((want, rate)) = self.want() {
                let draw = timeout(DRAW, self.shared.budget.draw(want, rate));
                let grant = draw.await.ok().flatten();
                self.record_draw(grant);
            }
        }
    }

    /// Returns when to draw next, while there are waiters.
    fn next_draw_at(&self) -> Option<Instant> {
        let bucket = self.shared.bucket.lock();
        let next = || bucket.tokens.next_draw_at().max(bucket.allowed_at(Instant::now()));
        (bucket.waiting() > 0).then(next)
    }

    /// Returns how many to draw and the count's rate, while there are waiters and no tokens.
    fn want(&self) -> Option<(u32, Rate)> {
        let (mut bucket, now) = (self.shared.bucket.lock(), Instant::now());
        bucket.serve(now);
        let waiting = bucket.waiting();
        let is_needed = waiting > 0 && !bucket.tokens.has_left();
        is_needed.then(|| (bucket.tokens.want(waiting, now), bucket.tokens.rate))
    }

    fn record_draw(&self, grant: Option<Grant>) {
        let (mut bucket, now) = (self.shared.bucket.lock(), Instant::now());
        bucket.tokens.record_draw(grant, now);
        if grant.is_some() {
            bucket.serve(now);
        } else {
            bucket.clear();
        }
    }
}

impl Drop for Drawer {
    /// The task's runtime may have ended: a waiter on another one starts a new task. Where that
    /// can't help, the waiters are turned away.
    fn drop(&mut self) {
        let mut bucket = self.shared.bucket.lock();
        bucket.tokens.drawing = false;
        if !self.begun || thread::panicking() {
            bucket.clear();
        } else if bucket.waiting() > 0 {
            self.shared.stopped.notify_one();
        }
    }
}

/// The rest of the last block, and the time from which the next one may be drawn.
pub(super) struct Block {
    /// The rate at which the count refills.
    rate: Rate,
    most: u32,
    size: u32,
    granted: u32,
    left: u32,
    until: Instant,
    next: Instant,
    down: bool,
    drawing: bool,
}

impl Block {
    fn new(rate: Rate) -> Self {
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
    fn next_draw_at(&self) -> Instant {
        self.next
    }

    /// Returns whether tokens are left.
    fn has_left(&self) -> bool {
        self.left > 0
    }

    /// Returns how many tokens to draw for this many waiters: more than that when the last block
    /// was used up early.
    fn want(&mut self, waiting: usize, now: Instant) -> u32 {
        if self.granted > 0 && now < self.until {
            self.size = self.size.saturating_mul(2).min(self.most);
        }
        u32::try_from(waiting).unwrap_or(u32::MAX).max(self.size).min(self.most)
    }

    /// Records the result of a draw; `None` when the count could not be reached.
    fn record_draw(&mut self, grant: Option<Grant>, now: Instant) {
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

    fn spare(&self, now: Instant) -> u32 {
        if now < self.next { self.left } else { u32::MAX }
    }

    fn put_back(&mut self) {
        self.left = self.left.saturating_add(1);
    }

    fn wait(&self, _turns: u32, _priority: Priority, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    /// Changes only the rate. The begin of a window is not reported to the count, because several
    /// processes would report the same one.
    fn change(&mut self, change: PaceChange, _in_flight: u32) {
        let (PaceChange::Rate(rate) | PaceChange::Window(rate, _)) = change;
        self.rate = Rate::within_limit(rate.per_minute.saturating_add(rate.burst));
        self.most = most_of(self.rate);
    }

    fn stretch(&mut self, _left: u32, _time: Duration) {}

    fn is_closed(&self, now: Instant) -> bool {
        self.down && now < self.next
    }
}

/// Returns the size of the largest block.
fn most_of(rate: Rate) -> u32 {
    (rate.per_minute.saturating_add(rate.burst) / BLOCKS).max(1)
}
