//! One account's rate budget, shared fairly.
//!
//! Coolify's rate limit is learned from its answers: the limit, the calls that are left, and the begin of Coolify's
//! minute. Gitea returns none: the server makes 20 calls a second to it, and 60 at once. Calls that somebody waits
//! for are made before polls. Tenants take turns, and so do the workspaces of a tenant, so that a tenant gets no
//! more calls by more workspaces. A workspace's only waiting call waits up to 15 seconds for its turn. Further
//! calls wait up to 8 seconds, and fail at once if their turn cannot come by then. A poll is a read that a key
//! repeats within half a minute without having changed anything, or a look of a call that waits for an outcome.
//! Polls leave a part of the calls to others: half of those that can be made at once, and ever fewer towards the
//! end of a minute of Coolify's, down to a fifth.

mod announced_rate_limit;
mod budget_terms;
mod fair_queue;
mod queued_bucket;
mod round_robin;
mod shared_tokens;
mod token_bucket;

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::time::Instant;

pub use announced_rate_limit::RateLimitState;
pub use budget_terms::{BudgetLoad, Exhausted, Priority, Rate, Share, WaitLimits};
pub use shared_tokens::{BoxFuture, Grant, RateBudget};

use queued_bucket::Bucket;
use shared_tokens::Shared;
use token_bucket::TokenBucket;

/// A bucket of tokens; when it is empty, urgent calls are served before polls. Groups
/// of shares take turns, one call each, and so do the shares of a group.
///
/// The tokens come from a clock of its own ([`Limiter::new`]) or, in blocks, from a count that
/// several processes share ([`Limiter::shared`]). A waiter that is dropped gives up its place and
/// returns its token.
///
/// The limit in the upstream's answers ([`CallPermit::record_answer`]) replaces the rate that the limiter
/// begins with, and ends the calls of a window that others have used up.
#[derive(Clone)]
pub struct Limiter(Kind);

#[derive(Clone)]
enum Kind {
    Own(Arc<Mutex<Bucket<TokenBucket>>>),
    Shared(Arc<Shared>),
}

/// The permission to make one call. It ends when this is dropped.
pub struct CallPermit {
    limiter: Limiter,
    given_at: Instant,
    is_answered: bool,
}

impl Limiter {
    /// Creates a limiter of the calls of `rate`, which applies until the upstream's answers state
    /// its limit. Of that limit, at most `most` calls a minute are used.
    ///
    /// In any one minute it allows up to `per_minute + burst` calls: for an upstream that counts in
    /// fixed windows, the sum must be within its limit.
    pub fn new(rate: Rate, most: Option<u32>) -> Self {
        let bucket = Bucket::new(TokenBucket::new(rate), most);
        Self(Kind::Own(Arc::new(Mutex::new(bucket))))
    }

    /// Creates a limiter of the calls that `budget` grants, drawn in blocks of at most a fortieth of a
    /// minute's.
    ///
    /// It draws when a call finds no token left, once for all waiters, in a task on that call's
    /// runtime. A block begins with one call, doubles while its calls are used within about ten
    /// seconds, and otherwise shrinks to what was used of it. The rest is forgotten, because the
    /// count refills by itself; so calls may be made up to ten seconds after they were granted.
    /// When the count can't be reached, or does not answer within two seconds, all waiters are
    /// turned away, and so are callers in the next second.
    pub fn shared(budget: Arc<dyn RateBudget>, rate: Rate, most: Option<u32>) -> Self {
        Self(Kind::Shared(Arc::new(Shared::new(budget, rate, most))))
    }

    /// Returns how many polls could be made now without waiting; a guess where several processes share
    /// the count.
    pub fn spare(&self) -> u32 {
        match &self.0 {
            Kind::Own(bucket) => bucket.lock().spare(Instant::now()),
            Kind::Shared(shared) => shared.bucket.lock().spare(Instant::now()),
        }
    }

    /// Returns how much of the rate budget is in use.
    pub fn load(&self) -> BudgetLoad {
        match &self.0 {
            Kind::Own(bucket) => bucket.lock().load(Instant::now()),
            Kind::Shared(shared) => shared.bucket.lock().load(Instant::now()),
        }
    }

    /// Takes one call of the rate budget for `share`, waiting for its turn as long as `patience` says.
    ///
    /// Fails at once when the turn can't come in time, or when the share has 64 waiters. A share
    /// without waiters waits whatever other shares do: it fails at once only if nobody can be served
    /// in time.
    pub async fn acquire(
        &self,
        share: impl Into<Share>,
        priority: Priority,
        patience: impl Into<WaitLimits>,
    ) -> Result<CallPermit, Exhausted> {
        let (share, patience) = (share.into(), patience.into());
        match &self.0 {
            Kind::Own(bucket) => token_bucket::acquire(bucket, (&share, priority), patience).await,
            Kind::Shared(shared) => shared.acquire((&share, priority), patience).await,
        }?;
        Ok(CallPermit { limiter: self.clone(), given_at: Instant::now(), is_answered: false })
    }
}

impl CallPermit {
    /// Records the state of the rate limit from the answer to the call.
    pub fn record_answer(mut self, told: RateLimitState) {
        self.is_answered = true;
        match &self.limiter.0 {
            Kind::Own(bucket) => bucket.lock().record_answer(told, self.given_at, Instant::now()),
            Kind::Shared(shared) => {
                shared.bucket.lock().record_answer(told, self.given_at, Instant::now());
            }
        }
    }
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        match &self.limiter.0 {
            _ if self.is_answered => {}
            Kind::Own(bucket) => bucket.lock().record_end(Instant::now()),
            Kind::Shared(shared) => shared.bucket.lock().record_end(Instant::now()),
        }
    }
}

impl fmt::Debug for CallPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pass")
    }
}
