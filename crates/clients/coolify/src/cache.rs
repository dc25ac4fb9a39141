//! A list kept for a moment, fetched by one caller for all who wait.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use covibe_upstream::{Cause, Error};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A value that is fetched at most once at a time and reused for a while.
///
/// A write of ours ends its validity: see [`Cached::changing`].
pub(crate) struct Cached<T> {
    lifetime: Duration,
    generation: AtomicU64,
    slot: Mutex<Option<Entry<T>>>,
}

struct Entry<T> {
    generation: u64,
    finished: Instant,
    outcome: Result<T, Error>,
}

/// Makes what is cached stale when it is dropped, however the write ended.
pub(crate) struct Changing<'a>(&'a AtomicU64);

impl<T: Clone> Cached<T> {
    /// Creates one that is empty, and that reuses a value for so long.
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, generation: AtomicU64::new(0), slot: Mutex::new(None) }
    }

    /// The value; whoever comes while it is being fetched waits for that fetch.
    pub(crate) async fn get(
        &self,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let arrived = Instant::now();
        let mut slot = self.slot.lock().await;
        let generation = self.generation.load(Ordering::Acquire);
        if let Some(entry) = slot
            .as_ref()
            .filter(|entry| entry.generation == generation && entry.serves(arrived, self.lifetime))
        {
            return entry.outcome.clone();
        }
        let outcome = fetch.await;
        *slot = Some(Entry { generation, finished: Instant::now(), outcome: outcome.clone() });
        outcome
    }

    /// To be held during a write that changes what is cached.
    pub(crate) fn changing(&self) -> Changing<'_> {
        Changing(&self.generation)
    }
}

impl<T> Entry<T> {
    /// A failure serves those who were waiting for it, nobody later.
    fn serves(&self, arrived: Instant, lifetime: Duration) -> bool {
        match &self.outcome {
            Ok(_) => self.finished.elapsed() < lifetime,
            Err(Error { cause: Cause::Limited { .. }, .. }) => false,
            Err(_) => arrived < self.finished,
        }
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}
