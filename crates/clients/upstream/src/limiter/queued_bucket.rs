//! A bucket of tokens and the queue for them: by priority, then by group, then by share.
//!
//! A [`Bucket`] has no clock: whoever calls it tells it the current moment, and waits for the next one.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::announced_rate_limit::{PaceChange, RateLimitState, Usage};
use super::budget_terms::{BudgetLoad, Exhausted, Priority, Share, WaitLimits};
use super::fair_queue::{AGED, Next, Waiter, WaitingCalls};

/// The maximum number of waiters of a share and priority; the next one is turned away at once.
const QUEUE: usize = 64;

/// Tokens and their waiters.
pub(super) struct Bucket<T> {
    pub(super) tokens: T,
    usage: Usage,
    rings: WaitingCalls,
    next: u64,
}

/// A source of tokens.
pub(super) trait Tokens {
    /// Adds the tokens that are due.
    fn refill(&mut self, now: Instant);

    /// Takes a token if there is one for this priority.
    fn take(&mut self, priority: Priority) -> bool;

    /// Returns how many tokens there are for polls; a guess where they come from a count elsewhere.
    fn spare(&self, now: Instant) -> u32;

    /// Returns an unused token.
    fn put_back(&mut self);

    /// Returns the shortest time until this many more tokens are there.
    fn wait(&self, turns: u32, priority: Priority, now: Instant) -> Duration;

    /// Changes the rate, with so many calls in flight.
    fn change(&mut self, change: PaceChange, in_flight: u32);

    /// Spreads the calls that are left over the time that is left, if they would not last so long.
    fn stretch(&mut self, left: u32, time: Duration);

    /// Returns whether waiting is pointless.
    fn is_closed(&self, _now: Instant) -> bool {
        false
    }
}

/// A waiter's place in the queue. Its `turn` fails when the queue is cleared.
pub(super) struct QueueTicket<'a, T: Tokens> {
    bucket: &'a Mutex<Bucket<T>>,
    id: u64,
    pub(super) turn: oneshot::Receiver<()>,
    pub(super) served: bool,
    /// The time at which it is given up.
    pub(super) end: Instant,
}

/// Returns a place in the queue, or `None` when the call may be made now.
///
/// A share's only waiter is turned away at once only if no share can be served in time: how long it
/// waits depends on other shares, whose waiters may leave.
pub(super) fn enter<'a, T: Tokens>(
    bucket: &'a Mutex<Bucket<T>>,
    (share, priority): (&Share, Priority),
    patience: WaitLimits,
) -> Result<Option<QueueTicket<'a, T>>, Exhausted> {
    let (mut inside, now) = (bucket.lock(), Instant::now());
    inside.serve(now);
    if inside.rings.may_go_first(priority) && inside.take(priority, now) {
        return Ok(None);
    }
    let retry_after = inside.wait_of(share, priority, now);
    let queued = inside.rings.queued(share, priority);
    let (expected, longest) = match queued {
        0 => (inside.shortest_wait(priority, now), patience.first),
        _ => (retry_after, patience.further),
    };
    if expected > longest || queued >= QUEUE || inside.tokens.is_closed(now) {
        return Err(Exhausted::with_wait(retry_after));
    }
    let end = now + longest;
    let (id, turn) = inside.enqueue(share, priority, now);
    Ok(Some(QueueTicket { bucket, id, turn, served: false, end }))
}

impl<T: Tokens> Bucket<T> {
    pub(super) fn new(tokens: T, most: Option<u32>) -> Self {
        Self { tokens, usage: Usage::at_most(most), rings: WaitingCalls::default(), next: 0 }
    }

    /// Hands out the available tokens, share by share.
    pub(super) fn serve(&mut self, now: Instant) {
        let passed = self.usage.passed(now);
        self.change(passed, now);
        self.tokens.refill(now);
        self.rings.promote_old_polls(now);
        while let Some(next) = self.rings.next() {
            if !self.take(next.priority(), now) {
                break;
            }
            if !self.rings.serve_one(next) {
                self.put_back();
            }
        }
    }

    /// Records the end of a call and the state of the rate limit in its answer, and hands out the
    /// tokens that become available.
    pub(super) fn record_answer(&mut self, told: RateLimitState, sent_at: Instant, now: Instant) {
        self.usage.record_end();
        let change = self.usage.record_answer(told, sent_at, now);
        self.change(change, now);
        self.serve(now);
    }

    /// Records that a call has ended without an answer.
    pub(super) fn record_end(&mut self, now: Instant) {
        self.usage.record_end();
        self.serve(now);
    }

    fn change(&mut self, change: Option<PaceChange>, now: Instant) {
        if let Some(change) = change {
            self.tokens.change(change, self.usage.in_flight());
        }
        if let Some((left, time)) = self.usage.remaining_window(now) {
            self.tokens.stretch(left, time);
        }
    }

    fn take(&mut self, priority: Priority, now: Instant) -> bool {
        let taken = self.usage.allows(now) && self.tokens.take(priority);
        if taken {
            self.usage.record_begin();
        }
        taken
    }

    fn put_back(&mut self) {
        self.tokens.put_back();
        self.usage.record_end();
    }

    /// Turns all waiters away.
    pub(super) fn clear(&mut self) {
        self.rings = WaitingCalls::default();
    }

    /// Returns the number of waiters.
    pub(super) fn waiting(&self) -> usize {
        self.rings.waiting()
    }

    /// Returns how many polls could be made now without waiting.
    pub(super) fn spare(&mut self, now: Instant) -> u32 {
        self.serve(now);
        let is_free = self.rings.may_go_first(Priority::Poll) && self.usage.allows(now);
        if is_free { self.tokens.spare(now) } else { 0 }
    }

    /// Returns how much of the rate budget is in use.
    pub(super) fn load(&self, now: Instant) -> BudgetLoad {
        let (limit, remaining) = self.usage.remaining(now).unzip();
        BudgetLoad { limit, remaining, waiting: self.waiting() }
    }

    /// Returns when the next waiter can be served, as far as the upstream's answers say.
    pub(super) fn allowed_at(&self, now: Instant) -> Instant {
        self.usage.due(now)
    }

    /// Returns the priority of the next waiter.
    pub(super) fn next_priority(&self) -> Priority {
        self.rings.next().map_or_else(Priority::default, Next::priority)
    }

    /// Returns how long a new waiter of this share would wait as things stand.
    ///
    /// A poll comes after all urgent calls, or as one of them once it has waited for [`AGED`].
    pub(super) fn wait_of(&self, share: &Share, priority: Priority, now: Instant) -> Duration {
        if priority == Priority::Urgent {
            return self.wait_behind(self.rings.before_urgent(share), priority, now);
        }
        let aged = self.wait_behind(self.rings.before_aged(share), Priority::Urgent, now);
        self.wait_behind(self.rings.before_poll(share), priority, now).min(AGED + aged)
    }

    /// Returns how long a share's only waiter would wait if nobody else did.
    ///
    /// Under a steady load, the part of the burst that polls leave to urgent calls never comes: a poll is one of them
    /// once it has waited for [`AGED`].
    fn shortest_wait(&self, priority: Priority, now: Instant) -> Duration {
        let wait = self.wait_for(1, priority, now);
        if priority == Priority::Urgent {
            return wait;
        }
        wait.min(self.wait_for(1, Priority::Urgent, now).max(AGED))
    }

    fn wait_behind(&self, waiters: usize, priority: Priority, now: Instant) -> Duration {
        self.wait_for(u32::try_from(waiters).unwrap_or(u32::MAX).saturating_add(1), priority, now)
    }

    /// Returns the shortest time until so many more calls of this priority may be made.
    fn wait_for(&self, turns: u32, priority: Priority, now: Instant) -> Duration {
        let allowed = self.usage.due(now).saturating_duration_since(now);
        self.tokens.wait(turns, priority, now).max(allowed)
    }

    fn enqueue(
        &mut self,
        share: &Share,
        priority: Priority,
        since: Instant,
    ) -> (u64, oneshot::Receiver<()>) {
        let (turn, receiver) = oneshot::channel();
        self.next += 1;
        let waiter = Waiter { id: self.next, since, turn };
        self.rings.add(share, priority, waiter);
        (self.next, receiver)
    }

    fn leave(&mut self, id: u64) {
        self.rings.remove(id);
    }
}

impl<T: Tokens> Drop for QueueTicket<'_, T> {
    fn drop(&mut self) {
        if self.served {
            return;
        }
        let mut bucket = self.bucket.lock();
        if self.turn.try_recv().is_ok() {
            bucket.put_back();
            bucket.serve(Instant::now());
        } else {
            bucket.leave(self.id);
        }
    }
}
