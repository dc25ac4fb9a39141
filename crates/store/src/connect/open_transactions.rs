//! Detects whether a piece of work has a transaction open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

tokio::task_local! {
    /// The counter of the current work's transactions.
    static OPEN: OpenTransactions;
}

/// Counts the transactions that a piece of work has open or waits for.
///
/// Work must not be suspended while it has one: that holds a connection for which others wait, and on SQLite the
/// only one that writes.
#[derive(Clone, Debug, Default)]
pub struct OpenTransactions(Arc<AtomicUsize>);

impl OpenTransactions {
    /// Counts the transactions of this work, except for those in tasks that it spawns.
    pub fn count_in<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        OPEN.scope(self.clone(), work)
    }

    /// Returns whether there is a transaction that is open or waits for its connection.
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Acquire) > 0
    }
}

/// A transaction that is open or waits for its connection; counted if the current work has a counter.
pub(crate) struct Counted(Option<OpenTransactions>);

impl Counted {
    pub(crate) fn begin() -> Self {
        let open = OPEN.try_with(OpenTransactions::clone).ok();
        if let Some(OpenTransactions(count)) = &open {
            count.fetch_add(1, Ordering::AcqRel);
        }
        Self(open)
    }

    /// Ends, and yields once, so that the owner of the counter sees it before the work goes on.
    pub(crate) async fn finish(self) {
        let is_counted = self.0.is_some();
        drop(self);
        if is_counted {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(OpenTransactions(count)) = &self.0 {
            count.fetch_sub(1, Ordering::AcqRel);
        }
    }
}
