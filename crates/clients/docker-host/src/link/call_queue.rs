//! A bounded number of calls at once, and a bounded number of waiting ones.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// The time after which a call that found no place may find one.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The purpose of a call, which decides what it waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lane {
    /// Agents' calls.
    Calls,
    /// Ending processes, which must not wait behind the commands to be ended.
    Endings,
    /// Calls that no agent waits for, and that must not wait for agents either.
    Background,
    /// Calls that must be made as soon as possible: they take the first free place of agents or the
    /// background.
    Urgent,
}

/// A queue for each lane.
pub(super) struct Queues {
    calls: Queue,
    endings: Queue,
    background: Queue,
}

impl Queues {
    /// Creates the queues of a host with so many calls of agents at once, and so many that wait.
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            calls: Queue::new(at_once, waiting),
            endings: Queue::new(1, at_once + waiting),
            background: Queue::new(1, waiting),
        }
    }

    /// Takes a place in a lane, or waits for one if not too many wait already.
    pub(super) async fn wait(&self, lane: Lane, at_most: Duration) -> Result<OwnedSemaphorePermit> {
        match lane {
            Lane::Calls => self.calls.wait(at_most).await,
            Lane::Endings => self.endings.wait(at_most).await,
            Lane::Background => self.background.wait(at_most).await,
            Lane::Urgent => self.wait_for_any(at_most).await,
        }
    }

    /// Waits until a call waits for the place of the background.
    pub(super) async fn background_is_wanted(&self) {
        self.background.wanted.notified().await;
    }

    async fn wait_for_any(&self, at_most: Duration) -> Result<OwnedSemaphorePermit> {
        if let Some(place) = self.background.free_place().or_else(|| self.calls.free_place()) {
            return Ok(place);
        }
        tokio::select! {
            Ok(place) = self.background.wait(at_most) => Ok(place),
            Ok(place) = self.calls.wait(at_most) => Ok(place),
            else => Err(busy()),
        }
    }
}

/// Places for calls, given out in turn.
pub(super) struct Queue {
    free: Arc<Semaphore>,
    waiting: Semaphore,
    /// Notified when a call begins to wait.
    wanted: Notify,
}

impl Queue {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let (free, waiting) = (Arc::new(Semaphore::new(at_once)), Semaphore::new(waiting));
        Self { free, waiting, wanted: Notify::new() }
    }

    /// Takes a place if one is free.
    fn free_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// Takes a place, or waits for one if not too many wait already.
    pub(super) async fn wait(&self, at_most: Duration) -> Result<OwnedSemaphorePermit> {
        if let Some(place) = self.free_place() {
            return Ok(place);
        }
        self.wanted.notify_one();
        let _waiting = self.waiting.try_acquire().map_err(|_| busy())?;
        let turn = tokio::time::timeout(at_most, Arc::clone(&self.free).acquire_owned()).await;
        turn.ok().and_then(Result::ok).ok_or_else(busy)
    }
}

fn busy() -> Error {
    Error::Busy { retry_after: RETRY_AFTER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_urgent_call_uses_the_free_place_of_any_lane() {
        let (queues, hour) = (Queues::new(2, 1), Duration::from_hours(1));
        let mut taken = Vec::new();
        for _ in 0..3 {
            taken.push(queues.wait(Lane::Urgent, hour).await.unwrap());
        }
        let now = Duration::ZERO;
        for lane in [Lane::Calls, Lane::Background, Lane::Urgent] {
            assert!(matches!(queues.wait(lane, now).await, Err(Error::Busy { .. })), "{lane:?}");
        }
        taken.pop();
        assert!(queues.wait(Lane::Urgent, hour).await.is_ok());
    }

    #[tokio::test]
    async fn a_call_above_the_maximum_of_waiters_is_refused_at_once() {
        let queue = Arc::new(Queue::new(1, 1));
        let hour = Duration::from_hours(1);
        let first = queue.wait(hour).await.unwrap();
        let second = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.wait(hour).await }
        });
        while queue.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(queue.wait(hour).await, Err(Error::Busy { .. })));
        drop(first);
        assert!(second.await.unwrap().is_ok());
        assert_eq!(queue.waiting.available_permits(), 1);
    }
}
