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

/// The free capacity below which the writer does not wait for more entries.
const SCARCE: usize = QUEUE / 2;

/// An entry, or `None` to wait for all earlier ones; and the channel that reports whether it was written.
pub(super) type LaneItem = (Option<AuditEntry>, Option<oneshot::Sender<bool>>);

/// An item, and the time when it was added.
pub(super) type WaitingItem = (LaneItem, Instant);

/// The entries that the writer of a lane has taken but not written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UnwrittenEntries {
    pub(super) count: usize,
    /// The time when the oldest one was added.
    pub(super) since: Option<Instant>,
}

/// A queue of entries.
#[derive(Debug)]
pub(super) struct Lane {
    queue: mpsc::Sender<WaitingItem>,
    /// Notified when the writer must not wait for further entries.
    pub(super) hurry: Notify,
    /// The time when the writer began to write the current group.
    pub(super) writing: Mutex<Option<Instant>>,
    pub(super) held: Mutex<UnwrittenEntries>,
}

impl Lane {
    /// Creates a lane, and the receiver for its writer.
    fn new() -> (Self, mpsc::Receiver<WaitingItem>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let hurry = Notify::new();
        (Self { queue, hurry, writing: Mutex::default(), held: Mutex::default() }, waiting)
    }

    /// Returns the number of entries that are not written, and the time when the oldest was added. The writer takes the
    /// first entry of a queue at once.
    fn unwritten_entries(&self) -> UnwrittenEntries {
        let queued = self.queue.max_capacity() - self.queue.capacity();
        let UnwrittenEntries { count, since } = *self.held.lock();
        UnwrittenEntries { count: count + queued, since }
    }

    /// Returns whether the queue is full.
    pub(super) fn is_full(&self) -> bool {
        self.queue.capacity() == 0
    }

    /// Waits at most this long for room for an entry, and returns whether there is room.
    pub(super) async fn has_place(&self, patience: Duration) -> bool {
        !self.is_full() || tokio::time::timeout(patience, self.queue.reserve()).await.is_ok()
    }

    /// Adds an item; waits at most this long for room. Returns the item if there is none.
    pub(super) async fn send(&self, item: LaneItem, patience: Duration) -> Option<LaneItem> {
        let item = self.send_now(item)?;
        match tokio::time::timeout(patience, self.queue.reserve()).await {
            Ok(Ok(place)) => {
                place.send((item, Instant::now()));
                None
            }
            _ => Some(item),
        }
    }

    /// Adds an item. Returns it if there is no room.
    pub(super) fn send_now(&self, item: LaneItem) -> Option<LaneItem> {
        let sent = self.queue.try_send((item, Instant::now()));
        sent.err().map(|unsent| TrySendError::into_inner(unsent).0)
    }

    /// Wakes the writer if little capacity is left.
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
    /// Returns a lane; a new one is passed to `start`, which starts its writer. A lane whose writer panicked is
    /// replaced, without the entries that the writer had.
    pub(super) fn get_or_start(
        &self,
        name: &str,
        start: impl FnOnce(Arc<Lane>, mpsc::Receiver<WaitingItem>),
    ) -> Arc<Lane> {
        let mut lanes = self.0.lock();
        match lanes.get(name) {
            Some(lane) if !lane.queue.is_closed() => return Arc::clone(lane),
            Some(lane) => {
                let lost = lane.held.lock().count;
                tracing::error!(lane = name, lost, "a writer of audit entries ended too early");
            }
            None => {}
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

    /// Removes a lane. Its writer still receives the items that others are adding to it.
    pub(super) fn remove(&self, name: &str) {
        self.0.lock().remove(name);
    }

    /// Returns the number of entries of all lanes that are not written, and the time that the oldest has waited.
    pub(super) fn unwritten_entries(&self) -> (usize, Duration) {
        let lanes = self.0.lock();
        let (mut count, mut oldest) = (0, None::<Instant>);
        for held in lanes.values().map(|lane| lane.unwritten_entries()) {
            count += held.count;
            oldest = oldest.into_iter().chain(held.since).min();
        }
        (count, oldest.map_or(Duration::ZERO, |since| since.elapsed()))
    }

    /// Returns the longest time for which a group is being written now.
    pub(super) fn slowest_write(&self) -> Duration {
        let lanes = self.0.lock();
        let begun = lanes.values().filter_map(|lane| *lane.writing.lock()).min();
        begun.map_or(Duration::ZERO, |begun| begun.elapsed())
    }
}

/// The division of entries into lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaneDivision {
    /// One lane for all, because the database has one writer.
    Together,
    /// A lane for each tenant, so that no tenant waits for another.
    ByTenant,
}

impl LaneDivision {
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

    #[test]
    fn a_lane_whose_writer_panicked_is_replaced() {
        let (lanes, mut writers) = (Lanes::default(), Vec::new());
        let first = lanes.get_or_start("a", |_, waiting| writers.push(waiting));
        let same = lanes.get_or_start("a", |_, _| unreachable!("its writer lives"));
        assert!(Arc::ptr_eq(&first, &same));
        writers.clear();
        let next = lanes.get_or_start("a", |_, waiting| writers.push(waiting));
        assert!(!Arc::ptr_eq(&first, &next));
        assert!(next.send_now((None, None)).is_none());
    }

    #[tokio::test]
    async fn a_full_lane_waits_for_a_place_while_entries_are_written() {
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
