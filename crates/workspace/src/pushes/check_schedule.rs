//! The schedule of the checks of repositories.
//!
//! The first push is acted on at once. Further pushes within some seconds are handled together, and one task at a time
//! works on a repository.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// The time after the beginning of a check until the next one.
const TOGETHER: Duration = Duration::from_secs(5);

/// The time after a failed check until the next one; doubled after each failure.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// The maximum time after a failed check.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// The maximum number of repositories on the agenda.
const CAPACITY: usize = 10_000;

/// The state of a repository on the agenda.
#[derive(Debug)]
struct AgendaEntry<T> {
    what: T,
    is_wanted: bool,
    is_running: bool,
    not_before: Instant,
    failures: u32,
}

/// The agenda: the repositories with recent pushes, by a key.
#[derive(Debug)]
pub(super) struct Agenda<K, T>(HashMap<K, AgendaEntry<T>>);

impl<K, T> Default for Agenda<K, T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Clone + Eq + Hash, T: Clone> Agenda<K, T> {
    /// Notes a push. Returns `false` if the agenda is full.
    pub(super) fn note(&mut self, key: K, what: T) -> bool {
        let now = Instant::now();
        self.0.retain(|_, it| it.is_wanted || it.is_running || it.not_before > now);
        if let Some(standing) = self.0.get_mut(&key) {
            (standing.what, standing.is_wanted) = (what, true);
            return true;
        }
        let has_place = self.0.len() < CAPACITY;
        if has_place {
            let new = AgendaEntry {
                what,
                is_wanted: true,
                is_running: false,
                not_before: now,
                failures: 0,
            };
            self.0.insert(key, new);
        }
        has_place
    }

    /// Returns the repository that has been due for the longest time, and marks it as running; `None` if none is due.
    pub(super) fn take_due(&mut self) -> Option<(K, T)> {
        let now = Instant::now();
        let due = |it: &&mut AgendaEntry<T>| it.is_wanted && !it.is_running && it.not_before <= now;
        let waiting = self.0.iter_mut().filter(|(_, it)| due(it));
        let (key, standing) = waiting.min_by_key(|(_, it)| it.not_before)?;
        (standing.is_wanted, standing.is_running) = (false, true);
        standing.not_before = now + TOGETHER;
        Some((key.clone(), standing.what.clone()))
    }

    /// Notes the end of a check. A failed one is repeated.
    pub(super) fn note_end(&mut self, key: &K, is_settled: bool) {
        let Some(standing) = self.0.get_mut(key) else { return };
        standing.is_running = false;
        if is_settled {
            standing.failures = 0;
            return;
        }
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(standing.failures.min(6));
        standing.failures += 1;
        standing.is_wanted = true;
        standing.not_before = Instant::now() + pause.min(LONGEST_PAUSE);
    }

    /// Returns the time when the next repository is due that no task works on.
    pub(super) fn next(&self) -> Option<Instant> {
        let waiting = self.0.values().filter(|it| it.is_wanted && !it.is_running);
        waiting.map(|it| it.not_before).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pushes_in_quick_succession_are_handled_together() {
        let mut agenda = Agenda::default();
        let (begun, mut looks) = (Instant::now(), Vec::new());
        for _ in 0..50 {
            assert!(agenda.note(1, ()));
            while let Some((key, ())) = agenda.take_due() {
                looks.push(begun.elapsed().as_secs());
                agenda.note_end(&key, true);
            }
            tokio::time::advance(Duration::from_millis(200)).await;
        }
        assert_eq!(looks, [0, 5]);
        assert!(agenda.next().is_some_and(|next| next <= Instant::now()), "the last one waits");
    }

    #[tokio::test(start_paused = true)]
    async fn a_repository_has_one_task_at_a_time_and_failures_are_repeated() {
        let mut agenda = Agenda::default();
        agenda.note(1, ());
        assert!(agenda.take_due().is_some());
        agenda.note(1, ());
        tokio::time::advance(TOGETHER * 2).await;
        assert_eq!((agenda.take_due(), agenda.next()), (None, None));
        for pause in [5, 10, 20, 40, 80, 120, 120] {
            agenda.note_end(&1, false);
            assert_eq!(agenda.next(), Some(Instant::now() + Duration::from_secs(pause)));
            tokio::time::advance(Duration::from_secs(pause)).await;
            assert!(agenda.take_due().is_some());
        }
        agenda.note_end(&1, true);
        assert_eq!(agenda.next(), None);
        tokio::time::advance(TOGETHER * 2).await;
        agenda.note(2, ());
        assert_eq!(agenda.0.len(), 1, "what is settled is forgotten");
    }
}
