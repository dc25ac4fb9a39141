//! The memory that long answers of an upstream take together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::error::Cause;

/// The bytes of an answer that are not counted; most answers have fewer.
const SMALL: usize = 256 * 1024;

/// The least that an answer above [`SMALL`] counts as, in bytes: while it arrives and is parsed, it
/// takes up to twice as much memory as it has bytes.
const LONG: usize = 16 * 1024 * 1024;

/// The maximum number of bytes of all long answers. A single one may have more.
const ALL: usize = 64 * 1024 * 1024;

/// The maximum number of those of a group of shares, such as a tenant's.
const OF_GROUP: usize = ALL / 2;

/// The longest wait of an answer for room.
const WAIT: Duration = Duration::from_secs(5);

/// The time after which a caller should retry for whose answer there was no room.
const RETRY: Duration = Duration::from_secs(2);

/// The bytes that the long answers of an account count as.
#[derive(Debug, Default)]
pub(crate) struct AnswerMemory {
    used: Mutex<Used>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct Used {
    all: usize,
    of_group: HashMap<Arc<str>, usize>,
}

/// The room of one answer, until this is dropped.
#[derive(Debug)]
pub(crate) struct RoomPermit {
    room: Arc<AnswerMemory>,
    group: Arc<str>,
    bytes: usize,
}

impl AnswerMemory {
    /// Returns the room of an answer that has not begun to arrive, for a group of shares.
    pub(crate) fn enter(self: &Arc<Self>, group: Arc<str>) -> RoomPermit {
        RoomPermit { room: Arc::clone(self), group, bytes: 0 }
    }
}

impl RoomPermit {
    /// Waits until there is room for an answer after this many bytes have arrived.
    ///
    /// # Errors
    ///
    /// [`Cause::Crowded`] if other answers keep the room for too long.
    pub(crate) async fn wait_for_room(&mut self, length: usize) -> Result<(), Cause> {
        if length <= self.bytes.max(SMALL) {
            return Ok(());
        }
        let mut bytes = self.bytes.max(LONG);
        while bytes < length {
            bytes *= 2;
        }
        timeout(WAIT, self.grow(bytes)).await.map_err(|_| Cause::Crowded { retry_after: RETRY })
    }

    async fn grow(&mut self, bytes: usize) {
        loop {
            let freed = self.room.freed.notified();
            let mut freed = std::pin::pin!(freed);
            freed.as_mut().enable();
            if self.room.used.lock().grow(&self.group, self.bytes, bytes) {
                self.bytes = bytes;
                return;
            }
            freed.await;
        }
    }
}

impl Used {
    /// Counts `bytes` for an answer that counted as `before`, if there is room for it.
    fn grow(&mut self, group: &Arc<str>, before: usize, bytes: usize) -> bool {
        let all = self.all - before;
        let of_group = self.of_group.get(group).copied().unwrap_or_default() - before;
        // A single answer always has room, or else the longest ones would never have it.
        let fits = |used: usize, most: usize| used == 0 || used + bytes <= most;
        if !fits(of_group, OF_GROUP) || !fits(all, ALL) {
            return false;
        }
        self.all = all + bytes;
        self.of_group.insert(Arc::clone(group), of_group + bytes);
        true
    }

    fn shrink(&mut self, group: &Arc<str>, bytes: usize) {
        self.all -= bytes;
        match self.of_group.get_mut(group) {
            Some(used) if *used > bytes => *used -= bytes,
            _ => drop(self.of_group.remove(group)),
        }
    }
}

impl Drop for RoomPermit {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.room.used.lock().shrink(&self.group, self.bytes);
            self.room.freed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(room: &Arc<AnswerMemory>, group: &str) -> RoomPermit {
        room.enter(Arc::from(group))
    }

    #[tokio::test(start_paused = true)]
    async fn a_group_may_use_only_part_of_the_memory_for_long_answers() {
        let room = Arc::<AnswerMemory>::default();
        let mut held: Vec<_> = (0..3).map(|_| enter(&room, "acme")).collect();
        held[0].wait_for_room(SMALL + 1).await.unwrap();
        held[1].wait_for_room(LONG).await.unwrap();
        let refused = held[2].wait_for_room(SMALL + 1).await.unwrap_err();
        assert_eq!(refused, Cause::Crowded { retry_after: RETRY });
        enter(&room, "acme").wait_for_room(SMALL).await.unwrap();
        let mut other = enter(&room, "beta");
        other.wait_for_room(LONG + 1).await.unwrap();
        let mut third = enter(&room, "gamma");
        third.wait_for_room(SMALL + 1).await.unwrap_err();
        drop(other);
        third.wait_for_room(SMALL + 1).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_answer_waits_until_another_one_is_read() {
        let room = Arc::<AnswerMemory>::default();
        let (mut long, mut other) = (enter(&room, "acme"), enter(&room, "acme"));
        long.wait_for_room(SMALL + 1).await.unwrap();
        for length in [LONG + 1, 2 * LONG + 1, 4 * LONG + 1] {
            long.wait_for_room(length).await.unwrap();
        }
        let ends = async {
            tokio::task::yield_now().await;
            drop(long);
        };
        let (waited, ()) = tokio::join!(other.wait_for_room(SMALL + 1), ends);
        waited.unwrap();
        drop(other);
        let used = room.used.lock();
        assert_eq!((used.all, used.of_group.len()), (0, 0));
    }
}
