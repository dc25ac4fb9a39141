//! One account's budget of calls, shared fairly.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// How many waiters a share may have; the next one is turned away at once.
const QUEUE: usize = 64;

/// A token bucket; when it is empty, its shares are served in turn, one call each.
///
/// There is no task behind it: whoever waits also hands out the tokens that fall due. A waiter
/// that is dropped gives its place up, and its token back if it had one.
#[derive(Clone)]
pub struct Limiter(Arc<Mutex<Bucket>>);

/// The budget does not allow the call within the time given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// When it may.
    pub retry_after: Duration,
}

struct Bucket {
    interval: Duration,
    most: Duration,
    credit: Duration,
    counted: Instant,
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

struct Place<'a> {
    limiter: &'a Limiter,
    id: u64,
    turn: oneshot::Receiver<()>,
    served: bool,
}

impl Limiter {
    /// `per_minute` calls a minute in the long run, `burst` at once after a rest.
    ///
    /// In any one minute it lets `per_minute + burst` through: an upstream that counts in fixed
    /// windows needs a sum within its limit.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let interval = Duration::from_mins(1) / per_minute.max(1);
        let most = interval.saturating_mul(burst.max(1));
        let (counted, ring) = (Instant::now(), VecDeque::new());
        Self(Arc::new(Mutex::new(Bucket { interval, most, credit: most, counted, ring, next: 0 })))
    }

    /// Takes one call out of the budget for `share`, waiting at most `wait` for its turn.
    ///
    /// Fails at once when the turn can't come in time, or when the share has 64 waiters.
    pub async fn acquire(&self, share: &str, wait: Duration) -> Result<(), Exhausted> {
        let end = Instant::now() + wait;
        let Some(mut place) = self.enter(share, wait)? else { return Ok(()) };
        loop {
            let due = self.lock().due().min(end);
            tokio::select! {
                biased;
                _ = &mut place.turn => { place.served = true; return Ok(()) }
                () = sleep_until(due) => {}
            }
            let now = Instant::now();
            let mut bucket = self.lock();
            bucket.serve(now);
            if place.turn.try_recv().is_ok() {
                place.served = true;
                return Ok(());
            }
            if now >= end {
                return Err(Exhausted { retry_after: bucket.wait_of(share) });
            }
        }
    }

    /// A place in the queue, or `None` when the call may be made now.
    fn enter(&self, share: &str, wait: Duration) -> Result<Option<Place<'_>>, Exhausted> {
        let mut bucket = self.lock();
        bucket.serve(Instant::now());
        if bucket.ring.is_empty() && bucket.spend() {
            return Ok(None);
        }
        let retry_after = bucket.wait_of(share);
        if retry_after > wait || bucket.queued(share) >= QUEUE {
            return Err(Exhausted { retry_after });
        }
        let (id, turn) = bucket.enqueue(share);
        Ok(Some(Place { limiter: self, id, turn, served: false }))
    }

    fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    /// Hands out the tokens that are there, share by share.
    fn serve(&mut self, now: Instant) {
        let earned = now.saturating_duration_since(self.counted);
        self.credit = self.credit.saturating_add(earned).min(self.most);
        self.counted = self.counted.max(now);
        while self.credit >= self.interval {
            let Some(mut share) = self.ring.pop_front() else { return };
            if share.waiters.pop_front().is_some_and(|waiter| waiter.turn.send(()).is_ok()) {
                self.credit -= self.interval;
            }
            if !share.waiters.is_empty() {
                self.ring.push_back(share);
            }
        }
    }

    fn spend(&mut self) -> bool {
        let enough = self.credit >= self.interval;
        if enough {
            self.credit -= self.interval;
        }
        enough
    }

    /// When the next token falls due.
    fn due(&self) -> Instant {
        self.counted + self.interval.saturating_sub(self.credit)
    }

    fn queued(&self, share: &str) -> usize {
        self.ring.iter().find(|other| *other.name == *share).map_or(0, |other| other.waiters.len())
    }

    /// How long a new waiter of this share would wait as things stand.
    fn wait_of(&self, share: &str) -> Duration {
        let own = self.queued(share);
        let at =
            self.ring.iter().position(|other| *other.name == *share).unwrap_or(self.ring.len());
        let ahead = |(index, other): (usize, &Share)| {
            let rounds = if index < at { own + 1 } else { own };
            other.waiters.len().min(rounds)
        };
        let before: usize = self.ring.iter().enumerate().map(ahead).sum();
        let turns = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        self.interval.saturating_mul(turns).saturating_sub(self.credit)
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

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.served {
            return;
        }
        let mut bucket = self.limiter.lock();
        if self.turn.try_recv().is_ok() {
            bucket.credit = bucket.credit.saturating_add(bucket.interval).min(bucket.most);
            bucket.serve(Instant::now());
        } else {
            bucket.leave(self.id);
        }
    }
}
