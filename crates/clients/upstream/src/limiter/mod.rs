//! One account's budget of calls, shared fairly.

mod block;
mod clock;
mod queue;
mod shared;

use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use shared::{BoxFuture, Budget, Grant};

use clock::Clock;
use queue::Bucket;
use shared::Shared;

/// A bucket of tokens; when it is empty, its shares are served in turn, one call each.
///
/// The tokens come from a clock of its own ([`Limiter::new`]) or, in blocks, from a count that
/// several processes share ([`Limiter::shared`]). A waiter that is dropped gives its place up, and
/// its token back if it had one.
#[derive(Clone)]
pub struct Limiter(Kind);

#[derive(Clone)]
enum Kind {
    Own(Arc<Mutex<Bucket<Clock>>>),
    Shared(Arc<Shared>),
}

/// The budget does not allow the call within the time given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// When it may.
    pub retry_after: Duration,
}

impl Limiter {
    /// `per_minute` calls a minute in the long run, `burst` at once after a rest.
    ///
    /// In any one minute it lets `per_minute + burst` through: an upstream that counts in fixed
    /// windows needs a sum within its limit.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let bucket = Bucket::new(Clock::new(per_minute, burst));
        Self(Kind::Own(Arc::new(Mutex::new(bucket))))
    }

    /// As many calls as `budget` grants, drawn from it at most `block` at a time (at least one).
    ///
    /// It draws when a call finds no token left, once for all who wait, in a task on the runtime of
    /// that call. A block begins with one call, doubles while its calls are made within about ten
    /// seconds, and shrinks to what was used of it when they are not: what is left then is forgotten,
    /// because the count refills by itself. So calls may be made up to ten seconds after they were
    /// granted. When the count can't be reached, or has not answered within two seconds, everybody
    /// who waits is turned away, and so is who comes in the next second.
    pub fn shared(budget: Arc<dyn Budget>, block: u32) -> Self {
        Self(Kind::Shared(Arc::new(Shared::new(budget, block))))
    }

    /// Takes one call out of the budget for `share`, waiting at most `wait` for its turn.
    ///
    /// Fails at once when it is known that the turn can't come in time, or when the share has 64
    /// waiters.
    pub async fn acquire(&self, share: &str, wait: Duration) -> Result<(), Exhausted> {
        match &self.0 {
            Kind::Own(bucket) => clock::acquire(bucket, share, wait).await,
            Kind::Shared(shared) => shared.acquire(share, wait).await,
        }
    }
}
