//! A rate budget that several processes share.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::rate::Rate;

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
