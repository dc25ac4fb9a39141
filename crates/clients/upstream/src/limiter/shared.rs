//! Tokens drawn from a count that several processes share.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fmt, mem, thread};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use super::Exhausted;
use super::block::Block;
use super::queue::{Bucket, enter, lock};

/// How long a draw may take.
const DRAW: Duration = Duration::from_secs(2);

/// What a call is told to wait that was not served in time, and for which no time is known.
const UNKNOWN: Duration = Duration::from_secs(1);

/// A future on the heap, as an object-safe trait's `async` method answers.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where the calls of a budget that several processes share are counted.
pub trait Budget: Send + Sync + 'static {
    /// Takes up to `want` calls (at least one) out of the budget.
    ///
    /// `None` says that the count can't be reached. The future may be dropped when it takes too long;
    /// what it has taken by then is lost to this process.
    fn draw(&self, want: u32) -> BoxFuture<'_, Option<Grant>>;
}

impl fmt::Debug for dyn Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Budget(…)")
    }
}

/// What a draw brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// How many calls may be made.
    pub calls: u32,
    /// When there are none, the time until there is one.
    pub retry_after: Duration,
}

/// A bucket that is filled from a [`Budget`].
pub(super) struct Shared {
    bucket: Mutex<Bucket<Block>>,
    budget: Arc<dyn Budget>,
    /// The one who drew has stopped while others wait.
    stopped: Notify,
}

/// Draws as long as somebody waits.
struct Drawer {
    shared: Arc<Shared>,
    begun: bool,
}

impl Shared {
    pub(super) fn new(budget: Arc<dyn Budget>, block: u32) -> Self {
        let bucket = Mutex::new(Bucket::new(Block::new(block)));
        Self { bucket, budget, stopped: Notify::new() }
    }

    pub(super) async fn acquire(
        self: &Arc<Self>,
        share: &str,
        wait: Duration,
    ) -> Result<(), Exhausted> {
        let end = Instant::now() + wait;
        let Some(mut place) = enter(&self.bucket, share, wait)? else { return Ok(()) };
        loop {
            self.draw();
            tokio::select! {
                biased;
                turn = &mut place.turn => {
                    place.served = true;
                    return turn.map_err(|_| self.exhausted(share));
                }
                () = self.stopped.notified() => {}
                () = sleep_until(end) => return Err(self.exhausted(share)),
            }
        }
    }

    fn exhausted(&self, share: &str) -> Exhausted {
        let known = lock(&self.bucket).wait_of(share);
        Exhausted { retry_after: if known.is_zero() { UNKNOWN } else { known } }
    }

    /// Sees to it that somebody draws.
    ///
    /// It is a task, so that neither the draw nor those who wait for it depend on the call that
    /// began it.
    fn draw(self: &Arc<Self>) {
        // The lock is free again when the task is made: a runtime that ends drops it at once.
        let drawing = mem::replace(&mut lock(&self.bucket).tokens.drawing, true);
        if !drawing {
            tokio::spawn(Drawer { shared: Arc::clone(self), begun: false }.run());
        }
    }
}

impl Drawer {
    async fn run(mut self) {
        self.begun = true;
        while let Some(next) = self.next() {
            sleep_until(next).await;
            if let Some(want) = self.want() {
                let grant = timeout(DRAW, self.shared.budget.draw(want)).await.ok().flatten();
                self.drawn(grant);
            }
        }
    }

    /// When to draw next, if anybody waits.
    fn next(&self) -> Option<Instant> {
        let bucket = lock(&self.shared.bucket);
        (bucket.waiting() > 0).then(|| bucket.tokens.next())
    }

    /// How many to draw, if anybody waits still.
    fn want(&self) -> Option<u32> {
        let mut bucket = lock(&self.shared.bucket);
        let waiting = bucket.waiting();
        (waiting > 0).then(|| bucket.tokens.want(waiting))
    }

    fn drawn(&self, grant: Option<Grant>) {
        let mut bucket = lock(&self.shared.bucket);
        bucket.tokens.drawn(grant);
        if grant.is_some() {
            bucket.serve(Instant::now());
        } else {
            bucket.clear();
        }
    }
}

impl Drop for Drawer {
    /// Its runtime may have ended: one of those who wait on another begins anew. Where that can't
    /// help, they are sent away.
    fn drop(&mut self) {
        let mut bucket = lock(&self.shared.bucket);
        bucket.tokens.drawing = false;
        if !self.begun || thread::panicking() {
            bucket.clear();
        } else if bucket.waiting() > 0 {
            self.shared.stopped.notify_one();
        }
    }
}
