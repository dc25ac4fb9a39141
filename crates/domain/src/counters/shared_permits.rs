//! A bounded number of permits that keys share, so that none takes them all.

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::keyed_permits::{KeyedPermit, KeyedPermits};
use super::keyed_semaphore::KeyedSemaphore;

/// The number of permits that a key which holds some leaves to keys that hold none.
const RESERVED: usize = 2;

/// A number of permits for all keys together. A key holds at most half of them, and one that holds some leaves the last
/// two to keys that hold none. A permit without a key may be any of them.
///
/// Keys take turns, however many callers of one wait: only one of each key waits for a permit, and the others of the key
/// wait behind it. Permits are given in the order of those who wait for one, except that those whose key may not have
/// another one are passed over. A clone has the same permits.
#[derive(Debug)]
pub struct SharedPermits<K: Clone + Eq + Hash> {
    total: usize,
    /// The maximum number that a key holds, except for its first one.
    share: usize,
    held: KeyedPermits<Option<K>>,
    waiting: Arc<Mutex<VecDeque<Waiting<K>>>>,
    /// The right to wait for a permit.
    first_of_key: Arc<KeyedSemaphore<K>>,
}

/// A permit of [`SharedPermits`], until it is dropped.
#[derive(Debug)]
pub struct SharedPermit<K: Clone + Eq + Hash> {
    // Dropped in this order: it is free before it is handed on.
    _held: KeyedPermit<Option<K>>,
    _handed_on: HandsOnWhenDropped<K>,
}

/// A caller that waits for a permit.
#[derive(Debug)]
struct Waiting<K: Clone + Eq + Hash> {
    key: Option<K>,
    turn: oneshot::Sender<SharedPermit<K>>,
}

/// Gives free permits to those who wait.
#[derive(Debug)]
struct HandsOnWhenDropped<K: Clone + Eq + Hash>(SharedPermits<K>);

impl<K: Clone + Eq + Hash> SharedPermits<K> {
    /// Creates so many permits.
    pub fn new(total: usize) -> Self {
        Self {
            total,
            share: total / 2,
            held: KeyedPermits::default(),
            waiting: Arc::default(),
            first_of_key: Arc::default(),
        }
    }

    /// Creates so many permits, of which a key holds at most one.
    pub fn with_one_per_key(total: usize) -> Self {
        Self { share: 1, ..Self::new(total) }
    }

    /// Returns a permit for this key, if it may have one now.
    pub fn take(&self, key: Option<&K>) -> Option<SharedPermit<K>> {
        let permit = self.held.take(&key.cloned(), |own, all| self.allows(key, own, all))?;
        Some(SharedPermit { _held: permit, _handed_on: HandsOnWhenDropped(self.clone()) })
    }

    /// Waits for a permit for this key, behind earlier callers of the key and at most one of each other key.
    pub async fn acquire(&self, key: Option<&K>) -> SharedPermit<K> {
        let _first = match key {
            Some(key) => Some(self.first_of_key.acquire(key).await),
            None => None,
        };
        loop {
            let turn = match self.take_or_wait(key) {
                Ok(permit) => return permit,
                Err(turn) => turn,
            };
            // A turn is dropped only together with all permits, which this call has a share of.
            if let Ok(permit) = turn.await {
                return permit;
            }
        }
    }

    /// Returns whether no permit is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn allows(&self, key: Option<&K>, own: usize, all: usize) -> bool {
        let is_first = key.is_none() || own == 0;
        let shared = self.total.saturating_sub(RESERVED);
        all < self.total && (is_first || own < self.share && all < shared)
    }

    fn take_or_wait(
        &self,
        key: Option<&K>,
    ) -> Result<SharedPermit<K>, oneshot::Receiver<SharedPermit<K>>> {
        // A permit that is dropped meanwhile waits for this lock before it is handed on.
        let mut waiting = self.waiting.lock();
        if let Some(permit) = self.take(key) {
            return Ok(permit);
        }
        let (turn, receiver) = oneshot::channel();
        waiting.retain(|each| !each.turn.is_closed());
        waiting.push_back(Waiting { key: key.cloned(), turn });
        Err(receiver)
    }

    /// Returns the first of those who wait that may have a permit, with its permit.
    fn next_turn(&self) -> Option<(oneshot::Sender<SharedPermit<K>>, SharedPermit<K>)> {
        let mut waiting = self.waiting.lock();
        waiting.retain(|each| !each.turn.is_closed());
        let permits = waiting.iter().map(|each| self.take(each.key.as_ref()));
        let (place, permit) = permits.enumerate().find_map(|(place, it)| Some((place, it?)))?;
        let next = waiting.remove(place);
        // The lock is taken again if the permit is dropped.
        drop(waiting);
        Some((next?.turn, permit))
    }
}

impl<K: Clone + Eq + Hash> Drop for HandsOnWhenDropped<K> {
    fn drop(&mut self) {
        while let Some((turn, permit)) = self.0.next_turn() {
            // The permit of a caller that is gone is dropped, and handed on in turn.
            drop(turn.send(permit));
        }
    }
}

impl<K: Clone + Eq + Hash> Clone for SharedPermits<K> {
    fn clone(&self) -> Self {
        Self {
            total: self.total,
            share: self.share,
            held: self.held.clone(),
            waiting: Arc::clone(&self.waiting),
            first_of_key: Arc::clone(&self.first_of_key),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Returns the permit of a caller that waits, if it has its turn.
    fn turn<T>(waiting: &mut Pin<Box<impl Future<Output = T>>>) -> Option<T> {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(permit) => Some(permit),
            Poll::Pending => None,
        }
    }

    fn take_all(
        permits: &SharedPermits<&'static str>,
        key: &'static str,
    ) -> Vec<SharedPermit<&'static str>> {
        std::iter::from_fn(|| permits.take(Some(&key))).collect()
    }

    #[test]
    fn a_key_takes_at_most_half_and_leaves_the_last_two_to_others() {
        for (total, shares) in
            [(1, [1, 0, 0, 0]), (2, [1, 1, 0, 0]), (4, [2, 1, 1, 0]), (8, [4, 2, 1, 1])]
        {
            let permits = SharedPermits::new(total);
            let taken = ["a", "b", "c", "d"].map(|key| take_all(&permits, key));
            assert_eq!(taken.each_ref().map(Vec::len), shares, "of {total}");
            drop(taken);
            assert!(permits.is_empty());
        }
    }

    #[test]
    fn a_permit_without_a_key_may_be_any() {
        let permits = SharedPermits::<&str>::new(4);
        let all: Vec<_> = std::iter::from_fn(|| permits.take(None)).collect();
        assert_eq!(all.len(), 4);
        assert!(permits.take(Some(&"a")).is_none());
    }

    #[test]
    fn those_who_wait_get_permits_in_turn_and_pass_over_keys_with_their_share() {
        let permits = SharedPermits::new(4);
        let mut own = take_all(&permits, "a");
        let mut more = Box::pin(permits.acquire(Some(&"a")));
        assert!(turn(&mut more).is_none(), "its share is taken");
        let mut others = ["b", "c"].map(|key| take_all(&permits, key));
        let mut late = Box::pin(permits.acquire(Some(&"d")));
        assert!(turn(&mut late).is_none(), "all are taken");
        others[0].clear();
        assert!(turn(&mut more).is_none(), "it is the first, but has its share");
        let _late = turn(&mut late).unwrap();
        own.pop();
        assert!(turn(&mut more).is_none(), "the last two are for others");
        own.pop();
        assert!(turn(&mut more).is_some());
    }

    #[test]
    fn keys_take_turns_however_many_callers_of_one_wait() {
        let permits = SharedPermits::new(1);
        let first = permits.take(Some(&"a"));
        let mut busy: Vec<_> = (0..50).map(|_| Box::pin(permits.acquire(Some(&"a")))).collect();
        assert!(busy.iter_mut().all(|each| turn(each).is_none()));
        let mut other = Box::pin(permits.acquire(Some(&"b")));
        assert!(turn(&mut other).is_none());
        drop(first);
        let second = turn(&mut busy[0]).unwrap();
        assert!(busy[1..].iter_mut().all(|each| turn(each).is_none()));
        drop(second);
        assert!(turn(&mut other).is_some(), "it waits for one of the others");
        assert!(turn(&mut busy[1]).is_some());
    }

    #[test]
    fn a_key_may_have_only_one_permit_at_a_time() {
        let permits = SharedPermits::with_one_per_key(3);
        let first = permits.take(Some(&"a")).unwrap();
        let mut next = Box::pin(permits.acquire(Some(&"a")));
        assert!(turn(&mut next).is_none(), "its own is taken");
        let others = ["b", "c"].map(|key| take_all(&permits, key));
        assert_eq!(others.each_ref().map(Vec::len), [1, 1]);
        assert!(permits.take(Some(&"d")).is_none(), "all are taken");
        drop(first);
        assert!(turn(&mut next).is_some());
    }

    #[test]
    fn a_permit_passes_by_callers_that_gave_up() {
        let permits = SharedPermits::new(1);
        let first = permits.take(Some(&"a"));
        let keys = ["b", "c", "d"];
        let mut waiting = keys.each_ref().map(|key| Box::pin(permits.acquire(Some(key))));
        for each in &mut waiting {
            assert!(turn(each).is_none());
        }
        let [gone, handed, mut last] = waiting;
        drop(gone);
        drop(first);
        // It was handed a permit that it never looks at.
        drop(handed);
        assert!(turn(&mut last).is_some());
        assert!(permits.is_empty() && permits.waiting.lock().is_empty());
    }
}
