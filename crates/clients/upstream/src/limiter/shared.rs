//! Tokens drawn from a count that several processes share.

use std::sync::Arc;
use std::time::Duration;
use std::{mem, thread};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use super::budget::{Grant, RateBudget};
use super::exhausted::Exhausted;
use super::patience::WaitLimits;
use super::priority::Priority;
use super::queue::{Bucket, enter};
use super::rate::Rate;
use super::share::Share;
use super::token_blocks::Block;

/// The timeout of a draw.
const DRAW: Duration = Duration::from_secs(2);

/// The wait that a call is asked for when it was not served in time and no better time is known.
const UNKNOWN: Duration = Duration::from_secs(1);

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
        let known = self.bucket.lock().wait_of(share, priority);
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
        let mut bucket = self.shared.bucket.lock();
        bucket.serve(Instant::now());
        let waiting = bucket.waiting();
        let is_needed = waiting > 0 && !bucket.tokens.has_left();
        is_needed.then(|| (bucket.tokens.want(waiting), bucket.tokens.rate))
    }

    fn record_draw(&self, grant: Option<Grant>) {
        let mut bucket = self.shared.bucket.lock();
        bucket.tokens.record_draw(grant);
        if grant.is_some() {
            bucket.serve(Instant::now());
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
