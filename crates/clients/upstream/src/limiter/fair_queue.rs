//! The waiters by priority, and the order in which they are served: groups take turns, and so do the shares of each.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::budget_terms::{Priority, Share};
use super::round_robin::{RoundRobin, WaiterQueue as _};

/// The time that a poll waits behind urgent calls.
pub(super) const AGED: Duration = Duration::from_secs(3);

/// All waiters.
///
/// A poll that has waited for [`AGED`] becomes urgent. The first such poll of a group does not even wait for its group's turn:
/// with many busy groups, a turn takes longer than whoever polls would wait. It is one in [`AGED`] for each group, and
/// these polls and the urgent calls are served alternately, so that neither kind holds up the other.
#[derive(Default)]
pub(super) struct WaitingCalls {
    urgent: FairQueue,
    polls: FairQueue,
    aged: FairQueue,
    /// True if an aged poll was served last, and not an urgent call.
    was_aged: bool,
    /// The groups that had an aged poll within [`AGED`], the one whose poll came first at the front.
    recent: VecDeque<(Instant, Arc<str>)>,
}

/// The ring of the waiter who is served next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Aged,
    Urgent,
    Poll,
}

impl Next {
    /// Returns the priority that decides on the tokens.
    pub(super) fn priority(self) -> Priority {
        if self == Self::Poll { Priority::Poll } else { Priority::Urgent }
    }
}

impl WaitingCalls {
    /// Returns the ring of the next waiter, if anybody waits.
    pub(super) fn next(&self) -> Option<Next> {
        let is_aged = !self.aged.is_empty() && (self.urgent.is_empty() || !self.was_aged);
        match (is_aged, self.urgent.is_empty(), self.polls.is_empty()) {
            (true, _, _) => Some(Next::Aged),
            (false, false, _) => Some(Next::Urgent),
            (false, true, false) => Some(Next::Poll),
            (false, true, true) => None,
        }
    }

    /// Serves the next waiter of a ring; returns `false` when it has just left.
    pub(super) fn serve_one(&mut self, next: Next) -> bool {
        self.was_aged = next == Next::Aged;
        match next {
            Next::Aged => self.aged.serve_one(),
            Next::Urgent => self.urgent.serve_one(),
            Next::Poll => self.polls.serve_one(),
        }
    }

    /// Makes polls urgent that have waited long.
    pub(super) fn promote_old_polls(&mut self, now: Instant) {
        let Some(before) = now.checked_sub(AGED) else { return };
        while self.recent.front().is_some_and(|(since, _)| *since <= before) {
            self.recent.pop_front();
        }
        for (share, mut older) in self.polls.take_older(before) {
            if !self.had_one(&share) {
                self.recent.push_back((now, Arc::clone(&share.group)));
                self.aged.add(&share, older.pop_front().into_iter().collect());
            }
            self.urgent.add(&share, older);
        }
    }

    /// Returns whether nobody waits who is served before a new call.
    pub(super) fn may_go_first(&self, priority: Priority) -> bool {
        let none_is_urgent = self.urgent.is_empty() && self.aged.is_empty();
        none_is_urgent && (priority == Priority::Urgent || self.polls.is_empty())
    }

    /// Returns the number of waiters of a share who wait as calls of this priority.
    pub(super) fn queued(&self, share: &Share, priority: Priority) -> usize {
        if priority == Priority::Urgent {
            self.urgent.queued(share)
        } else {
            self.polls.queued(share)
        }
    }

    pub(super) fn add(&mut self, share: &Share, priority: Priority, waiter: Waiter) {
        let ring = if priority == Priority::Urgent { &mut self.urgent } else { &mut self.polls };
        ring.add(share, VecDeque::from([waiter]));
    }

    pub(super) fn remove(&mut self, id: u64) {
        for ring in [&mut self.urgent, &mut self.polls, &mut self.aged] {
            ring.remove(id);
        }
    }

    /// Returns the number of waiters.
    pub(super) fn waiting(&self) -> usize {
        self.urgent.waiting() + self.polls.waiting() + self.aged.waiting()
    }

    /// Returns how many are served before a new urgent call of this share.
    pub(super) fn before_urgent(&self, share: &Share) -> usize {
        self.beside_aged(self.urgent.count_before(share))
    }

    /// Returns how many are served before a new poll of this share that does not become urgent.
    pub(super) fn before_poll(&self, share: &Share) -> usize {
        self.aged.waiting() + self.urgent.waiting() + self.polls.count_before(share)
    }

    /// Returns how many are served before a new poll of this share, from when it has become urgent.
    pub(super) fn before_aged(&self, share: &Share) -> usize {
        let own = self.polls.queued(share);
        if own == 0 && self.aged.queued(share) == 0 {
            return 2 * self.aged.count_before(share) + usize::from(!self.urgent.is_empty());
        }
        self.beside_aged(self.urgent.count_before(share) + own)
    }

    /// Returns how many are served before an urgent call that has so many urgent ones before it.
    fn beside_aged(&self, urgent: usize) -> usize {
        urgent + self.aged.waiting().min(urgent + 1)
    }

    fn had_one(&self, share: &Share) -> bool {
        self.recent.iter().any(|(_, group)| *group == share.group)
    }
}

/// The waiters of one priority, by group and share.
#[derive(Default)]
struct FairQueue(RoundRobin<RoundRobin<VecDeque<Waiter>>>);

/// A call that waits for its turn.
pub(super) struct Waiter {
    pub(super) id: u64,
    pub(super) since: Instant,
    pub(super) turn: oneshot::Sender<()>,
}

impl FairQueue {
    fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// Returns the number of waiters.
    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    /// Returns the number of waiters of a share.
    fn queued(&self, share: &Share) -> usize {
        let group = self.0.get(&share.group);
        group.and_then(|group| group.get(&share.name)).map_or(0, VecDeque::len)
    }

    /// Returns the number of waiters who are served before a new one of this share.
    fn count_before(&self, share: &Share) -> usize {
        let group = self.0.get(&share.group);
        let in_group = group.map_or(0, |group| group.count_before(&share.name, self.queued(share)));
        self.0.count_before(&share.group, in_group)
    }

    /// Adds waiters of a share behind its own.
    fn add(&mut self, share: &Share, mut waiters: VecDeque<Waiter>) {
        self.0.line(&share.group).line(&share.name).append(&mut waiters);
    }

    /// Serves the next waiter; returns `false` when it has just left.
    fn serve_one(&mut self) -> bool {
        self.0.next().is_some_and(|waiter| waiter.turn.send(()).is_ok())
    }

    /// Removes and returns those who wait since this moment or longer, by share.
    fn take_older(&mut self, moment: Instant) -> Vec<(Share, VecDeque<Waiter>)> {
        let mut taken = Vec::new();
        for group in self.0.lines() {
            for share in group.line.lines() {
                let younger = share.line.iter().position(|waiter| waiter.since > moment);
                let younger = share.line.split_off(younger.unwrap_or(share.line.len()));
                let older = mem::replace(&mut share.line, younger);
                if !older.is_empty() {
                    let (group, name) = (Arc::clone(&group.name), Arc::clone(&share.name));
                    taken.push((Share { group, name }, older));
                }
            }
            group.line.tidy();
        }
        self.0.tidy();
        taken
    }

    /// Removes a waiter, if it is here.
    fn remove(&mut self, id: u64) {
        self.0.retain_waiters(&mut |waiter| waiter.id != id);
    }
}
