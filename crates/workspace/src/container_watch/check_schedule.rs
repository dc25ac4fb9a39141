//! The schedule of the checks of a host's containers.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// The maximum time until a container is checked again whose owner or labels could not be read.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The knowledge of the watch about containers, by their ids, which determines the next check of each.
#[derive(Debug)]
pub(super) struct Agenda<Id>(HashMap<Id, CheckState>);

/// The state of a container on the agenda.
#[derive(Clone, Copy, Debug)]
enum CheckState {
    /// It may run, or no known workspace owns it.
    Settled,
    /// It has to be checked again.
    Open { since: Instant, pause: Duration },
}

impl<Id> Default for Agenda<Id> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Id: Clone + Eq + Hash> Agenda<Id> {
    /// Returns the containers to check, those that have waited longest first, and forgets those that no longer run.
    pub(super) fn take_due<'a, T>(
        &mut self,
        running: &'a [T],
        id: impl Fn(&T) -> &Id,
    ) -> Vec<&'a T> {
        let ids: HashSet<_> = running.iter().map(&id).collect();
        self.0.retain(|id, _| ids.contains(id));
        let now = Instant::now();
        let since = |one: &T| match self.0.get(id(one)) {
            None => Some(now),
            Some(CheckState::Settled) => None,
            Some(CheckState::Open { since, pause }) => (*since + *pause <= now).then_some(*since),
        };
        let mut due: Vec<_> =
            running.iter().filter_map(|one| since(one).map(|at| (at, one))).collect();
        due.sort_by_key(|(since, _)| *since);
        due.into_iter().map(|(_, one)| one).collect()
    }

    /// Records that a container need not be checked again.
    pub(super) fn settle(&mut self, id: &Id) {
        self.0.insert(id.clone(), CheckState::Settled);
    }

    /// Records a check without a result: the next one is after this time, and after twice the last time from then on.
    pub(super) fn put_off(&mut self, id: &Id, first: Duration) {
        let pause = match self.0.get(id) {
            Some(CheckState::Open { pause, .. }) if *pause > Duration::ZERO => *pause * 2,
            _ => first,
        };
        let pause = pause.min(LONGEST_PAUSE);
        self.0.insert(id.clone(), CheckState::Open { since: Instant::now(), pause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(10);

    fn take_due_ids(agenda: &mut Agenda<u8>, running: &[u8]) -> Vec<u8> {
        agenda.take_due(running, |id| id).into_iter().copied().collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_container_that_never_settles_is_checked_ever_less_often() {
        let mut agenda = Agenda::default();
        let due = |agenda: &mut _| take_due_ids(agenda, &[0, 1, 2]);
        assert_eq!(due(&mut agenda), [0, 1, 2]);
        agenda.put_off(&0, FIRST);
        agenda.settle(&2);
        assert_eq!(due(&mut agenda), [1]);
        tokio::time::advance(FIRST).await;
        agenda.put_off(&1, FIRST);
        assert_eq!(due(&mut agenda), [0]);
        agenda.put_off(&0, FIRST);
        tokio::time::advance(FIRST).await;
        assert_eq!(due(&mut agenda), [1], "the other one waits twice as long");
        tokio::time::advance(FIRST).await;
        assert_eq!(due(&mut agenda).len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_container_that_waits_longest_is_checked_first() {
        let mut agenda = Agenda::default();
        for id in [2, 1] {
            agenda.put_off(&id, Duration::ZERO);
            tokio::time::advance(FIRST).await;
        }
        assert_eq!(take_due_ids(&mut agenda, &[0, 1, 2]), [2, 1, 0]);
    }

    #[test]
    fn a_container_that_returns_is_checked_again() {
        let mut agenda = Agenda::default();
        agenda.settle(&0);
        assert!(take_due_ids(&mut agenda, &[0]).is_empty());
        assert!(take_due_ids(&mut agenda, &[]).is_empty());
        assert_eq!(take_due_ids(&mut agenda, &[0]), [0]);
    }
}
