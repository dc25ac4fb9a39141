//! Waiters, whose shares are served in turn.

use std::collections::VecDeque;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// The waiters of one priority.
#[derive(Default)]
pub(super) struct Ring(VecDeque<Share>);

struct Share {
    name: Box<str>,
    waiters: VecDeque<Waiter>,
}

/// A call that waits for its turn.
pub(super) struct Waiter {
    pub(super) id: u64,
    pub(super) since: Instant,
    pub(super) turn: oneshot::Sender<()>,
}

impl Ring {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of waiters.
    pub(super) fn waiting(&self) -> usize {
        self.0.iter().map(|share| share.waiters.len()).sum()
    }

    /// Returns the number of waiters of a share.
    pub(super) fn queued(&self, share: &str) -> usize {
        self.0.iter().find(|other| *other.name == *share).map_or(0, |other| other.waiters.len())
    }

    /// Returns the number of waiters who are served before a new one of this share.
    pub(super) fn before(&self, share: &str) -> usize {
        let own = self.queued(share);
        let at = self.0.iter().position(|other| *other.name == *share).unwrap_or(self.0.len());
        let ahead = |(index, other): (usize, &Share)| {
            let rounds = if index < at { own + 1 } else { own };
            other.waiters.len().min(rounds)
        };
        self.0.iter().enumerate().map(ahead).sum()
    }

    /// Adds waiters of a share behind its own.
    pub(super) fn add(&mut self, share: &str, mut waiters: VecDeque<Waiter>) {
        match self.0.iter_mut().find(|other| *other.name == *share) {
            Some(other) => other.waiters.append(&mut waiters),
            None => self.0.push_back(Share { name: share.into(), waiters }),
        }
    }

    /// Serves the next waiter; returns `false` when it has just left.
    pub(super) fn serve_one(&mut self) -> bool {
        let Some(mut share) = self.0.pop_front() else { return false };
        let waiter = share.waiters.pop_front();
        if !share.waiters.is_empty() {
            self.0.push_back(share);
        }
        waiter.is_some_and(|waiter| waiter.turn.send(()).is_ok())
    }

    /// Moves those who wait since this moment or longer to another ring.
    pub(super) fn move_older(&mut self, moment: Instant, to: &mut Self) {
        for share in &mut self.0 {
            let younger = share.waiters.iter().position(|waiter| waiter.since > moment);
            let younger = share.waiters.split_off(younger.unwrap_or(share.waiters.len()));
            let older = std::mem::replace(&mut share.waiters, younger);
            if !older.is_empty() {
                to.add(&share.name, older);
            }
        }
        self.0.retain(|share| !share.waiters.is_empty());
    }

    /// Removes a waiter, if it is here.
    pub(super) fn remove(&mut self, id: u64) {
        self.0.iter_mut().for_each(|share| share.waiters.retain(|waiter| waiter.id != id));
        self.0.retain(|share| !share.waiters.is_empty());
    }
}
