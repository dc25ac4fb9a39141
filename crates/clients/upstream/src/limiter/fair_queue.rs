//! Waiters, whose groups are served in turn, and the shares of each group.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::round_robin::{RoundRobin, WaiterQueue as _};
use super::share::Share;

/// The waiters of one priority, by group and share.
#[derive(Default)]
pub(super) struct FairQueue(RoundRobin<RoundRobin<VecDeque<Waiter>>>);

/// A call that waits for its turn.
pub(super) struct Waiter {
    pub(super) id: u64,
    pub(super) since: Instant,
    pub(super) turn: oneshot::Sender<()>,
}

impl FairQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting() == 0
    }

    /// Returns the number of waiters.
    pub(super) fn waiting(&self) -> usize {
        self.0.waiting()
    }

    /// Returns the number of waiters of a share.
    pub(super) fn queued(&self, share: &Share) -> usize {
        let group = self.0.get(&share.group);
        group.and_then(|group| group.get(&share.name)).map_or(0, VecDeque::len)
    }

    /// Returns the number of waiters who are served before a new one of this share.
    pub(super) fn count_before(&self, share: &Share) -> usize {
        let group = self.0.get(&share.group);
        let in_group = group.map_or(0, |group| group.count_before(&share.name, self.queued(share)));
        self.0.count_before(&share.group, in_group)
    }

    /// Adds waiters of a share behind its own.
    pub(super) fn add(&mut self, share: &Share, mut waiters: VecDeque<Waiter>) {
        self.0.line(&share.group).line(&share.name).append(&mut waiters);
    }

    /// Serves the next waiter; returns `false` when it has just left.
    pub(super) fn serve_one(&mut self) -> bool {
        self.0.next().is_some_and(|waiter| waiter.turn.send(()).is_ok())
    }

    /// Removes and returns those who wait since this moment or longer, by share.
    pub(super) fn take_older(&mut self, moment: Instant) -> Vec<(Share, VecDeque<Waiter>)> {
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
    pub(super) fn remove(&mut self, id: u64) {
        self.0.retain_waiters(&mut |waiter| waiter.id != id);
    }
}
