//! The lanes of the audit: queues of entries that are written one after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::TenantId;
use covibe_store::AuditEntry;
use parking_lot::Mutex;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, oneshot};

/// The maximum number of pending entries of a lane.
const QUEUE: usize = 8192;

/// The number of free places below which the writer does not wait for more entries.
const SCARCE: usize = QUEUE / 2;

/// An entry, or none to wait for all earlier ones; and the channel that reports whether it was
/// written.
pub(super) type Item = (Option<AuditEntry>, Option<oneshot::Sender<bool>>);

/// An item, and since when it waits.
pub(super) type Waiting = (Item, Instant);

/// The entries that the writer of a lane has and that are not written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    pub(super) count: usize,
    /// Since when the oldest one waits.
    pub(super) since: Option<Instant>,
}

/// A queue of entries.
#[derive(Debug)]
pub(super) struct Lane {
    queue: mpsc::Sender<Waiting>,
    /// Notified when the writer must not wait for further entries.
    pub(super) hurry: Notify,
    /// Since when the writer has been writing the present group.
    pub(super) writing: Mutex<Option<Instant>>,
    pub(super) held: Mutex<Held>,
}

impl Lane {
    /// Creates a lane, and what its writer reads from.
    fn new() -> (Self, mpsc::Receiver<Waiting>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let hurry = Notify::new();
        (Self { queue, hurry, writing: Mutex::default(), held: Mutex::default() }, waiting)
    }

    /// Returns how many entries are not written, and since when the oldest of them waits. The writer takes
    /// the first entry of a queue at once.
    fn unwritten(&self) -> Held {
        let queued = self.queue.max_capacity() - self.queue.capacity();
        let Held { count, since } = *self.held.lock();
        Held { count: count + queued, since }
    }

    /// Returns whether no more entries may be added.
    pub(super) fn is_full(&self) -> bool {
        self.queue.capacity() == 0
    }

    /// Returns whether there is a place for an entry, for which it waits for this long.
    pub(super) async fn has_place(&self, patience: Duration) -> bool {
        !self.is_full() || tokio::time::timeout(patience, self.queue.reserve()).await.is_ok()
    }

    /// Adds an item, for whose place it waits for this long. Returns the item if there was none.
    pub(super) async fn send(&self, item: Item, patience: Duration) -> Option<Item> {
        let item = self.send_now(item)?;
        match tokio::time::timeout(patience, self.queue.reserve()).await {
            Ok(Ok(place)) => {
                place.send((item, Instant::now()));
                None
            }
            _ => Some(item),
        }
    }

    /// Adds an item. Returns it if there was no place.
    pub(super) fn send_now(&self, item: Item) -> Option<Item> {
        let sent = self.queue.try_send((item, Instant::now()));
        sent.err().map(|unsent| TrySendError::into_inner(unsent).0)
    }

    /// Makes the writer continue if there are few places left.
    pub(super) fn hurry_if_scarce(&self) {
        if self.queue.capacity() < SCARCE {
            self.hurry.notify_one();
        }
    }
}

/// The lanes that have a writer.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<HashMap<String, Arc<Lane>>>);

impl Lanes {
    /// Returns a lane; `start` gives a new one its writer.
    pub(super) fn of(
        &self,
        name: &str,
        start: impl FnOnce(Arc<Lane>, mpsc::Receiver<Waiting>),
    ) -> Arc<Lane> {
        let mut lanes = self.0.lock();
        if let Some(lane) = lanes.get(name) {
            return Arc::clone(lane);
        }
        let (lane, waiting) = Lane::new();
        let lane = Arc::new(lane);
        lanes.insert(name.to_owned(), Arc::clone(&lane));
        start(Arc::clone(&lane), waiting);
        lane
    }

    /// Returns all lanes.
    pub(super) fn all(&self) -> Vec<Arc<Lane>> {
        self.0.lock().values().cloned().collect()
    }

    /// Removes a lane. Its writer still gets what others are adding to it.
    pub(super) fn remove(&self, name: &str) {
        self.0.lock().remove(name);
    }

    /// Returns how many entries of all lanes are not written, and for how long the oldest of them waits.
    pub(super) fn unwritten(&self) -> (usize, Duration) {
        let lanes = self.0.lock();
        let (mut count, mut oldest) = (0, None::<Instant>);
        for held in lanes.values().map(|lane| lane.unwritten()) {
            count += held.count;
            oldest = oldest.into_iter().chain(held.since).min();
        }
        (count, oldest.map_or(Duration::ZERO, |since| since.elapsed()))
    }

    /// Returns for how long the group that takes longest has been written.
    pub(super) fn slowest(&self) -> Duration {
        let lanes = self.0.lock();
        let begun = lanes.values().filter_map(|lane| *lane.writing.lock()).min();
        begun.map_or(Duration::ZERO, |begun| begun.elapsed())
    }
}

/// How entries are divided into lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Division {
    /// All in one, because the database has one writer.
    Together,
    /// Those of each tenant in one of their own, so that none waits for another tenant's.
    ByTenant,
}

impl Division {
    /// Returns the name of the lane of a tenant.
    pub(super) fn name(self, tenant: &TenantId) -> &str {
        match self {
            Self::Together => "",
            Self::ByTenant => tenant.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_for_a_place_while_entries_are_written() {
        let (lane, mut waiting) = Lane::new();
        while !lane.is_full() {
            assert!(lane.send_now((None, None)).is_none());
        }
        assert!(!lane.has_place(Duration::ZERO).await);
        let (has_place, written) =
            tokio::join!(lane.has_place(Duration::from_mins(1)), waiting.recv());
        assert!(has_place && written.is_some());
        drop(waiting);
        assert!(lane.has_place(Duration::ZERO).await, "its entries go to another lane");
    }
}
