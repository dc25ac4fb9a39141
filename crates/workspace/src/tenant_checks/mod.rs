//! Checks in the background, of the domains and the repositories of tenants for instance, in which tenants take turns.
//!
//! | module | contents |
//! |---|---|
//! | `agenda` | the schedule of checks |
//! | `agenda_entry` | the state of one check |
//! | `check_queues` | the checks by tenants and times |
//! | `tenant_slots` | the number of checks that each tenant may have running |
//!
//! A round notes what is due, and does not wait for its end: a tenant whose upstream is slow keeps a slot meanwhile, and
//! the next rounds note and run the checks of the others.

mod agenda;
mod agenda_entry;
mod check_queues;
mod tenant_slots;

use std::collections::HashMap;
use std::future::pending;
use std::hash::Hash;
use std::time::Duration;

use covibe_domain::TenantId;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};

pub(crate) use self::agenda::CheckAgenda;
pub(crate) use self::tenant_slots::SlotLimits;

/// Checks with an agenda of their own, each of which runs in a task. `K` are their keys, `T` is what they need, and `R`
/// are their results. The tasks end when this is dropped.
#[derive(Debug)]
pub(crate) struct RunningChecks<K, T, R> {
    agenda: CheckAgenda<K, T>,
    tasks: JoinSet<R>,
    keys: HashMap<Id, K>,
}

impl<K: Clone + Eq + Hash, T: Clone, R: Send + 'static> RunningChecks<K, T, R> {
    /// Creates an empty agenda, as [`CheckAgenda::new`] does.
    pub(crate) fn new(limits: SlotLimits, pause: Duration) -> Self {
        let agenda = CheckAgenda::new(limits, pause);
        Self { agenda, tasks: JoinSet::new(), keys: HashMap::new() }
    }

    /// Notes that a check is wanted, as [`CheckAgenda::note`] does.
    pub(crate) fn note(&mut self, tenant: &TenantId, key: K, what: T) -> bool {
        self.agenda.note(tenant.clone(), key, what)
    }

    /// Notes that a check that has ended has to be repeated, as [`CheckAgenda::note_unfinished`] does.
    pub(crate) fn note_unfinished(&mut self, key: &K) {
        self.agenda.note_unfinished(key);
    }

    /// Returns whether a check is running.
    pub(crate) fn is_running(&self, key: &K) -> bool {
        self.keys.values().any(|running| running == key)
    }

    /// Returns whether no check is running and none is wanted.
    pub(crate) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.agenda.next().is_none()
    }

    /// Runs the due checks until one ends. Returns its key and its result, or `None` if it panicked. The checks continue if
    /// the caller stops waiting.
    pub(crate) async fn next_end<F>(&mut self, check: impl Fn(T) -> F) -> (K, Option<R>)
    where
        F: Future<Output = R> + Send + 'static,
    {
        loop {
            while let Some((key, what)) = self.agenda.take_due() {
                let task = self.tasks.spawn(check(what));
                self.keys.insert(task.id(), key);
            }
            let next = self.agenda.next();
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => {
                    let (task, result) = match ended {
                        Ok((task, result)) => (task, Some(result)),
                        Err(error) => (error.id(), None),
                    };
                    if let Some(key) = self.keys.remove(&task) {
                        self.agenda.note_end(&key, true);
                        return (key, result);
                    }
                }
                () = wait_until(next) => {}
            }
        }
    }
}

/// Waits until the time of the next check; for ever if there is none.
pub(crate) async fn wait_until(next: Option<Instant>) {
    match next {
        Some(next) => sleep_until(next).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    /// Checks a number: 0 does not end, 1 panics, and others return the number.
    async fn check(number: u32) -> u32 {
        assert_ne!(number, 1, "this check panics");
        if number == 0 {
            pending::<()>().await;
        }
        number
    }

    /// Returns checks of these numbers, each of a tenant.
    fn checks(numbers: &[(&str, u32)]) -> RunningChecks<u32, u32, u32> {
        let mut checks = RunningChecks::new(SlotLimits::one_per_tenant(2), Duration::ZERO);
        for (tenant, number) in numbers {
            assert!(checks.note(&format!("ten_{tenant}").parse().unwrap(), *number, *number));
        }
        checks
    }

    #[tokio::test]
    async fn a_check_that_does_not_end_keeps_only_checks_of_its_tenant_waiting() {
        let mut checks = checks(&[("mark", 0), ("mark", 2), ("justine", 3)]);
        for round in 0..3 {
            assert!(checks.note(&"ten_justine".parse().unwrap(), 3, 3), "round {round}");
            assert_eq!(checks.next_end(check).await, (3, Some(3)));
        }
        assert!(checks.is_running(&0) && !checks.is_running(&2) && !checks.is_idle());
    }

    #[tokio::test]
    async fn a_check_that_panics_ends_and_later_ones_of_its_tenant_run() {
        let mut checks = checks(&[("mark", 1), ("mark", 2)]);
        assert_eq!(checks.next_end(check).await, (1, None));
        assert_eq!(checks.next_end(check).await, (2, Some(2)));
        assert!(checks.is_idle());
    }

    #[tokio::test(start_paused = true)]
    async fn checks_continue_when_their_caller_stops_waiting() {
        let mut checks = checks(&[("mark", 2)]);
        let slow = |number: u32| async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            number
        };
        let second = Duration::from_secs(1);
        assert!(timeout(second, checks.next_end(slow)).await.is_err());
        assert!(!checks.is_idle());
        let begun = Instant::now();
        assert_eq!(checks.next_end(slow).await, (2, Some(2)));
        assert_eq!(begun.elapsed().as_secs(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unfinished_check_runs_again_after_the_pause() {
        let pause = Duration::from_secs(5);
        let mut checks = RunningChecks::new(SlotLimits::OF_PUSHES, pause);
        checks.note(&"ten_mark".parse().unwrap(), 2, 2);
        let begun = Instant::now();
        for seconds in [0, 5, 10] {
            assert_eq!(checks.next_end(check).await, (2, Some(2)));
            assert_eq!(begun.elapsed().as_secs(), seconds);
            checks.note_unfinished(&2);
        }
        assert!(!checks.is_idle());
    }
}
