//! The terms of a rate budget: its rate, the shares and priorities of its calls, their longest waits, and its load.

use std::sync::Arc;
use std::time::Duration;

/// The longest wait that is asked for: until then, others may have left the queue.
const LONGEST: Duration = Duration::from_mins(1);

/// Calls per minute in the long run, and calls at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The calls per minute in the long run.
    pub per_minute: u32,
    /// The calls at once.
    pub burst: u32,
}

impl Rate {
    /// Returns the rate that stays within a limit of calls in any minute: the sum of both is the limit.
    pub fn within_limit(limit: u32) -> Self {
        let burst = limit / 4;
        Self { per_minute: limit - burst, burst }
    }

    /// Returns the rate for a limit of calls in minutes that are known to begin now: more of them at
    /// once, because the next minute brings as many again.
    pub(super) fn by_window(limit: u32) -> Self {
        let burst = limit / 2;
        Self { per_minute: limit - burst, burst }
    }
}

/// A part of the rate budget, within a group of them such as those of a tenant: groups take turns, and the
/// shares of a group take the turns of their group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub(super) group: Arc<str>,
    pub(super) name: Arc<str>,
}

impl Share {
    /// Creates the share with this name in a group.
    pub fn new(group: &str, name: &str) -> Self {
        Self { group: Arc::from(group), name: Arc::from(name) }
    }

    /// Returns the name of its group.
    pub fn group(&self) -> Arc<str> {
        Arc::clone(&self.group)
    }
}

/// Creates a share that is a group of its own.
impl From<&str> for Share {
    fn from(name: &str) -> Self {
        let name = Arc::from(name);
        Self { group: Arc::clone(&name), name }
    }
}

impl From<&Self> for Share {
    fn from(share: &Self) -> Self {
        share.clone()
    }
}

/// The urgency of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for it.
    #[default]
    Urgent,
    /// It repeats an earlier one to see whether something changed: it leaves a part of the burst to
    /// urgent calls and is served after them, until it has waited for three seconds.
    Poll,
}

/// The longest time that a call waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitLimits {
    /// The longest wait of a share's only waiter, whose turn depends on other shares alone.
    pub first: Duration,
    /// The longest wait behind other calls of the same share.
    pub further: Duration,
}

impl WaitLimits {
    /// Returns the same, but at most this long.
    #[must_use]
    pub fn at_most(self, limit: Duration) -> Self {
        Self { first: self.first.min(limit), further: self.further.min(limit) }
    }
}

impl From<Duration> for WaitLimits {
    fn from(wait: Duration) -> Self {
        Self { first: wait, further: wait }
    }
}

/// The rate budget does not allow the call within the time given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// The time until it does, at most a minute.
    pub retry_after: Duration,
}

impl Exhausted {
    /// Asks to wait this long, or the longest time.
    pub(super) fn with_wait(wait: Duration) -> Self {
        Self { retry_after: wait.min(LONGEST) }
    }
}

/// The use of a rate budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLoad {
    /// The upstream's limit of calls per minute, if its answers state it.
    pub limit: Option<u32>,
    /// The calls that are left in the upstream's current minute, as far as its answers say.
    pub remaining: Option<u32>,
    /// The number of calls that wait for their turn.
    pub waiting: usize,
}
