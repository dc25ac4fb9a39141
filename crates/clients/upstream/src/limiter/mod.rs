//! One account's rate budget, shared fairly.

mod block;
mod budget;
mod clock;
mod exhausted;
mod queue;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

pub use budget::{BoxFuture, Grant, RateBudget};
pub use exhausted::Exhausted;

use clock::Clock;
use queue::Bucket;
use shared::Shared;

/// A bucket of tokens; when it is empty, its shares are served in turn, one call each.
///
/// The tokens come from a clock of its own ([`Limiter::new`]) or, in blocks, from a count that
/// several processes share ([`Limiter::shared`]). A waiter that is dropped gives up its place and
/// returns its token.
#[derive(Clone)]
pub struct Limiter(Kind);

#[derive(Clone)]
enum Kind {
    Own(Arc<Mutex<Bucket<Clock>>>),
    Shared(Arc<Shared>),
}

impl Limiter {
    /// Creates a limiter of `per_minute` calls a minute in the long run, and `burst` at once after
    /// a pause.
    ///
    /// In any one minute it allows up to `per_minute + burst` calls: for an upstream that counts in
    /// fixed windows, the sum must be within its limit.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let bucket = Bucket::new(Clock::new(per_minute, burst));
        Self(Kind::Own(Arc::new(Mutex::new(bucket))))
    }

    /// Creates a limiter of the calls that `budget` grants, drawn at most `block` at a time (at
    /// least one).
    ///
    /// It draws when a call finds no token left, once for all waiters, in a task on that call's
    /// runtime. A block begins with one call, doubles while its calls are used within about ten
    /// seconds, and otherwise shrinks to what was used of it. The rest is forgotten, because the
    /// count refills by itself; so calls may be made up to ten seconds after they were granted.
    /// When the count can't be reached, or does not answer within two seconds, all waiters are
    /// turned away, and so are callers in the next second.
    pub fn shared(budget: Arc<dyn RateBudget>, block: u32) -> Self {
        Self(Kind::Shared(Arc::new(Shared::new(budget, block))))
    }

    /// Takes one call of the rate budget for `share`, waiting at most `wait` for its turn.
    ///
    /// Fails at once when the turn can't come in time, or when the share has 64 waiters.
    pub async fn acquire(&self, share: &str, wait: Duration) -> Result<(), Exhausted> {
        match &self.0 {
            Kind::Own(bucket) => clock::acquire(bucket, share, wait).await,
            Kind::Shared(shared) => shared.acquire(share, wait).await,
        }
    }
}
