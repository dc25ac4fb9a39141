//! How much of a rate budget is in use, for the operator.

use tokio::time::Instant;

use super::queue::Bucket;
use super::tokens::Tokens;

/// How much of a rate budget is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The upstream's calls a minute, if it told its limit.
    pub limit: Option<u32>,
    /// How many of them are left in the present minute of the upstream's, as far as its answers tell.
    pub remaining: Option<u32>,
    /// How many calls wait for their turn.
    pub waiting: usize,
}

impl<T: Tokens> Bucket<T> {
    pub(super) fn load(&self) -> Load {
        let (limit, remaining) = self.usage.remaining(Instant::now()).unzip();
        Load { limit, remaining, waiting: self.waiting() }
    }
}
