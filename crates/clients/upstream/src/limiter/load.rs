//! The use of a rate budget, for the operator.

use tokio::time::Instant;

use super::queue::Bucket;
use super::tokens::Tokens;

/// The use of a rate budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLoad {
    /// The upstream's limit of calls per minute, if its answers state it.
    pub limit: Option<u32>,
    /// The calls that are left in the upstream's present minute, as far as its answers say.
    pub remaining: Option<u32>,
    /// The number of calls that wait for their turn.
    pub waiting: usize,
}

impl<T: Tokens> Bucket<T> {
    pub(super) fn load(&self) -> BudgetLoad {
        let (limit, remaining) = self.usage.remaining(Instant::now()).unzip();
        BudgetLoad { limit, remaining, waiting: self.waiting() }
    }
}
