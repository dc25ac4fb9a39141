//! Who waits for a token, share by share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Exhausted;

/// How many waiters a share may have; the next one is turned away at once.
const QUEUE: usize = 64;

/// Where tokens come from.
pub(super) trait Tokens {
    /// Brings what is there up to date.
    fn refill(&mut self, now: Instant);

    /// Takes one if there is one.
    fn take(&mut self) -> bool;

    /// Gives one back that was not used.
    fn put_back(&mut self);

    /// How long it is at least until so many more are there.
    fn wait(&self, turns: u32) -> Duration;

    /// Whether none may be waited for.
    fn closed(&self) -> bool {
        false
    }
}

/// Tokens, and who waits for them.
pub(super) struct Bucket<T> {
    pub(super) tokens: T,
    ring: VecDeque<Share>,
    next: u64,
}

struct Share {
    name: Box<str>,
    waiters: VecDeque<Waiter>,
}

struct Waiter {
    id: u64,
    turn: oneshot::Sender<()>,
}

/// A place in the queue. Its turn ends with an error when everybody is sent away.
pub(super) struct Place<'a, T: Tokens> {
    bucket: &'a Mutex<Bucket<T>>,
    id: u64,
    pub(super) turn: oneshot::Receiver<()>,
    pub(super) served: bool,
}

/// A lock that a panic elsewhere does not take away.
pub(super) fn lock<T>(bucket: &Mutex<Bucket<T>>) -> MutexGuard<'_, Bucket<T>> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in the queue, or `None` when the call may be made now.
pub(super) fn enter<'a, T: Tokens>(
    bucket: &'a Mutex<Bucket<T>>,
    share: &str,
    wait: Duration,
) -> Result<Option<Place<'a, T>>, Exhausted> {
    let mut inside = lock(bucket);
    inside.serve(Instant::now());
    if inside.ring.is_empty() && inside.tokens.take() {
        return Ok(None);
    }
    let retry_after = inside.wait_of(share);
    if retry_after > wait || inside.tokens.closed() || inside.queued(share) >= QUEUE {
        return Err(Exhausted { retry_after });
    }
    let (id, turn) = inside.enqueue(share);
    Ok(Some(Place { bucket, id, turn, served: false }))
}

impl<T: Tokens> Bucket<T> {
    pub(super) fn new(tokens: T) -> Self {
        Self { tokens, ring: VecDeque::new(), next: 0 }
    }

    /// Hands out the tokens that are there, share by share.
    pub(super) fn serve(&mut self, now: Instant) {
        self.tokens.refill(now);
        while !self.ring.is_empty() && self.tokens.take() {
            if !self.serve_one() {
                self.tokens.put_back();
            }
        }
    }

    /// Gives the next in turn its call; a waiter that has just left is only taken out.
    fn serve_one(&mut self) -> bool {
        let Some(mut share) = self.ring.pop_front() else { return false };
        let waiter = share.waiters.pop_front();
        if !share.waiters.is_empty() {
            self.ring.push_back(share);
        }
        waiter.is_some_and(|waiter| waiter.turn.send(()).is_ok())
    }

    /// Sends everybody away.
    pub(super) fn clear(&mut self) {
        self.ring.clear();
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.ring.iter().map(|share| share.waiters.len()).sum()
    }

    fn queued(&self, share: &str) -> usize {
        self.ring.iter().find(|other| *other.name == *share).map_or(0, |other| other.waiters.len())
    }

    /// How long a new waiter of this share would wait as things stand.
    pub(super) fn wait_of(&self, share: &str) -> Duration {
        let own = self.queued(share);
        let at =
            self.ring.iter().position(|other| *other.name == *share).unwrap_or(self.ring.len());
        let ahead = |(index, other): (usize, &Share)| {
            let rounds = if index < at { own + 1 } else { own };
            other.waiters.len().min(rounds)
        };
        let before: usize = self.ring.iter().enumerate().map(ahead).sum();
        self.tokens.wait(u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1))
    }

    fn enqueue(&mut self, share: &str) -> (u64, oneshot::Receiver<()>) {
        let (turn, receiver) = oneshot::channel();
        self.next += 1;
        let waiter = Waiter { id: self.next, turn };
        match self.ring.iter_mut().find(|other| *other.name == *share) {
            Some(other) => other.waiters.push_back(waiter),
            None => {
                self.ring
                    .push_back(Share { name: share.into(), waiters: VecDeque::from([waiter]) });
            }
        }
        (self.next, receiver)
    }

    fn leave(&mut self, id: u64) {
        self.ring.iter_mut().for_each(|share| share.waiters.retain(|waiter| waiter.id != id));
        self.ring.retain(|share| !share.waiters.is_empty());
    }
}

impl<T: Tokens> Drop for Place<'_, T> {
    fn drop(&mut self) {
        if self.served {
            return;
        }
        let mut bucket = lock(self.bucket);
        if self.turn.try_recv().is_ok() {
            bucket.tokens.put_back();
            bucket.serve(Instant::now());
        } else {
            bucket.leave(self.id);
        }
    }
}
