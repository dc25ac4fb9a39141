//! The queue for tokens, share by share.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::exhausted::Exhausted;

/// The most waiters of a share; the next one is turned away at once.
const QUEUE: usize = 64;

/// Where tokens come from.
pub(super) trait Tokens {
    /// Adds the tokens that are due.
    fn refill(&mut self, now: Instant);

    /// Takes a token if there is one.
    fn take(&mut self) -> bool;

    /// Returns an unused token.
    fn put_back(&mut self);

    /// Returns the shortest time until this many more tokens are there.
    fn wait(&self, turns: u32) -> Duration;

    /// Returns whether waiting is pointless.
    fn closed(&self) -> bool {
        false
    }
}

/// Tokens and their waiters.
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

/// A waiter's place in the queue. Its `turn` fails when the queue is cleared.
pub(super) struct Queued<'a, T: Tokens> {
    bucket: &'a Mutex<Bucket<T>>,
    id: u64,
    pub(super) turn: oneshot::Receiver<()>,
    pub(super) served: bool,
}

/// Returns a place in the queue, or `None` when the call may be made now.
pub(super) fn enter<'a, T: Tokens>(
    bucket: &'a Mutex<Bucket<T>>,
    share: &str,
    wait: Duration,
) -> Result<Option<Queued<'a, T>>, Exhausted> {
    let mut inside = bucket.lock();
    inside.serve(Instant::now());
    if inside.ring.is_empty() && inside.tokens.take() {
        return Ok(None);
    }
    let retry_after = inside.wait_of(share);
    if retry_after > wait || inside.tokens.closed() || inside.queued(share) >= QUEUE {
        return Err(Exhausted { retry_after });
    }
    let (id, turn) = inside.enqueue(share);
    Ok(Some(Queued { bucket, id, turn, served: false }))
}

impl<T: Tokens> Bucket<T> {
    pub(super) fn new(tokens: T) -> Self {
        Self { tokens, ring: VecDeque::new(), next: 0 }
    }

    /// Hands out the available tokens, share by share.
    pub(super) fn serve(&mut self, now: Instant) {
        self.tokens.refill(now);
        while !self.ring.is_empty() && self.tokens.take() {
            if !self.serve_one() {
                self.tokens.put_back();
            }
        }
    }

    /// Serves the next waiter; returns `false` when it has just left.
    fn serve_one(&mut self) -> bool {
        let Some(mut share) = self.ring.pop_front() else { return false };
        let waiter = share.waiters.pop_front();
        if !share.waiters.is_empty() {
            self.ring.push_back(share);
        }
        waiter.is_some_and(|waiter| waiter.turn.send(()).is_ok())
    }

    /// Turns all waiters away.
    pub(super) fn clear(&mut self) {
        self.ring.clear();
    }

    /// Returns the number of waiters.
    pub(super) fn waiting(&self) -> usize {
        self.ring.iter().map(|share| share.waiters.len()).sum()
    }

    fn queued(&self, share: &str) -> usize {
        self.ring.iter().find(|other| *other.name == *share).map_or(0, |other| other.waiters.len())
    }

    /// Returns how long a new waiter of this share would wait as things stand.
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

impl<T: Tokens> Drop for Queued<'_, T> {
    fn drop(&mut self) {
        if self.served {
            return;
        }
        let mut bucket = self.bucket.lock();
        if self.turn.try_recv().is_ok() {
            bucket.tokens.put_back();
            bucket.serve(Instant::now());
        } else {
            bucket.leave(self.id);
        }
    }
}
