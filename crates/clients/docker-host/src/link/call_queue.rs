//! A bounded number of calls at once, and a bounded number of waiting ones, both shared by the parties that call.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{SharedPermit, SharedPermits};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::error::{Error, Result};

/// The time after which a call that found no place may find one.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Those who share the places of agents with others. No party takes more than half of them.
pub(crate) type Party = Arc<str>;

/// A place among the calls that are made at once, until it is dropped.
pub(super) type Place = SharedPermit<Party>;

/// The purpose of a call, which decides what it waits for.
#[derive(Clone, Debug)]
pub(crate) enum Lane {
    /// Agents' calls, and the party that makes them; without one, they have no share.
    Calls(Option<Party>),
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
    pub(super) async fn wait(&self, lane: &Lane, at_most: Duration) -> Result<Place> {
        match lane {
            Lane::Calls(party) => self.calls.wait(party.as_ref(), at_most).await,
            Lane::Endings => self.endings.wait(None, at_most).await,
            Lane::Background => self.background.wait(None, at_most).await,
            Lane::Urgent => self.wait_for_any(at_most).await,
        }
    }

    /// Waits until a call waits for the place of the background.
    pub(super) async fn background_is_wanted(&self) {
        self.background.wanted.notified().await;
    }

    async fn wait_for_any(&self, at_most: Duration) -> Result<Place> {
        let free = self.background.places.take(None).or_else(|| self.calls.places.take(None));
        if let Some(place) = free {
            return Ok(place);
        }
        tokio::select! {
            Ok(place) = self.background.wait(None, at_most) => Ok(place),
            Ok(place) = self.calls.wait(None, at_most) => Ok(place),
            else => Err(busy()),
        }
    }
}

/// Places for calls, given out in turn.
pub(super) struct Queue {
    places: SharedPermits<Party>,
    waiting: SharedPermits<Party>,
    /// Notified when a call begins to wait.
    wanted: Notify,
}

impl Queue {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let (places, waiting) = (SharedPermits::new(at_once), SharedPermits::new(waiting));
        Self { places, waiting, wanted: Notify::new() }
    }

    /// Takes a place for a party, or waits for one if not too many calls, or too many of the party, wait already.
    pub(super) async fn wait(&self, party: Option<&Party>, at_most: Duration) -> Result<Place> {
        if let Some(place) = self.places.take(party) {
            return Ok(place);
        }
        self.wanted.notify_one();
        let _waiting = self.waiting.take(party).ok_or_else(busy)?;
        timeout(at_most, self.places.acquire(party)).await.map_err(|_| busy())
    }
}

fn busy() -> Error {
    Error::Busy { retry_after: RETRY_AFTER }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn an_urgent_call_uses_the_free_place_of_any_lane() {
        let queues = Queues::new(2, 1);
        let mut taken = Vec::new();
        for _ in 0..3 {
            taken.push(queues.wait(&Lane::Urgent, HOUR).await.unwrap());
        }
        let now = Duration::ZERO;
        for lane in [Lane::Calls(None), Lane::Background, Lane::Urgent] {
            assert!(matches!(queues.wait(&lane, now).await, Err(Error::Busy { .. })), "{lane:?}");
        }
        taken.pop();
        assert!(queues.wait(&Lane::Urgent, HOUR).await.is_ok());
    }

    #[tokio::test]
    async fn a_call_above_the_maximum_of_waiters_is_refused_at_once() {
        let queue = Queue::new(1, 1);
        let first = queue.wait(None, HOUR).await.unwrap();
        let mut second = Box::pin(queue.wait(None, HOUR));
        assert!((&mut second).now_or_never().is_none());
        assert!(matches!(queue.wait(None, HOUR).await, Err(Error::Busy { .. })));
        drop(first);
        assert!(second.await.is_ok());
        assert!(queue.waiting.is_empty());
    }

    #[tokio::test]
    async fn calls_of_a_party_leave_half_of_the_waiting_places_to_others() {
        let queue = Queue::new(8, 64);
        let [one, other, third] = ["one", "other", "third"].map(Party::from);
        let mut own: Vec<_> = (0..50).map(|_| Box::pin(queue.wait(Some(&one), HOUR))).collect();
        let mut held = Vec::new();
        let mut waiting = 0;
        for call in &mut own {
            match call.now_or_never() {
                Some(Ok(place)) => held.push(place),
                Some(Err(error)) => assert!(matches!(error, Error::Busy { .. }), "{error:?}"),
                None => waiting += 1,
            }
        }
        assert_eq!((held.len(), waiting), (4, 32));
        held.push(queue.wait(Some(&other), HOUR).now_or_never().unwrap().unwrap());
        held.push(queue.wait(Some(&other), HOUR).now_or_never().unwrap().unwrap());
        let mut next = Box::pin(queue.wait(Some(&other), HOUR));
        assert!((&mut next).now_or_never().is_none(), "it waits, although many of another do");
        assert!(queue.wait(Some(&third), HOUR).now_or_never().unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_for_the_share_of_its_party_for_a_bounded_time() {
        let (queue, party) = (Queue::new(2, 8), Party::from("one"));
        let place = queue.wait(Some(&party), HOUR).await.unwrap();
        assert!(matches!(queue.wait(Some(&party), HOUR).await, Err(Error::Busy { .. })));
        let (next, ()) = tokio::join!(queue.wait(Some(&party), HOUR), async { drop(place) });
        assert!(next.is_ok());
    }
}
