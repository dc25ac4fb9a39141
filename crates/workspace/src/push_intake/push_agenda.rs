//! The schedule of checks: of repositories with pushes, and of workspaces with deployments whose end is to be reported.
//!
//! The first push is acted on at once. Further pushes within some seconds are handled together, and one task at a time
//! works on a repository. Tenants are served in turn, and each has its own number of places, so that the pushes of one
//! tenant neither delay those of another nor leave them no place.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use covibe_domain::TenantId;
use tokio::time::Instant;

use super::tenant_slots::TenantSlots;

/// The maximum time after a failed check.
const LONGEST_PAUSE: Duration = Duration::from_mins(2);

/// The time for which the beginning of a tenant's last check is remembered: longer than a check may take.
const REMEMBERED: Duration = Duration::from_mins(10);

/// The maximum number of checks of each tenant on the agenda.
const CAPACITY: usize = 1_000;

/// The state of a check on the agenda.
#[derive(Debug)]
struct AgendaEntry<T> {
    tenant: TenantId,
    what: T,
    is_wanted: bool,
    is_running: bool,
    not_before: Instant,
    failures: u32,
}

impl<T> AgendaEntry<T> {
    /// Returns whether the check waits for its time or for a slot.
    fn is_waiting(&self) -> bool {
        self.is_wanted && !self.is_running
    }

    fn is_due(&self, now: Instant) -> bool {
        self.is_waiting() && self.not_before <= now
    }
}

/// The agenda: the checks of all tenants, by a key.
#[derive(Debug)]
pub(crate) struct PushAgenda<K, T> {
    entries: HashMap<K, AgendaEntry<T>>,
    /// The time when the last check of a tenant began.
    turns: HashMap<TenantId, Instant>,
    /// The time after the beginning of a check until the next one, and after a failed check until its repetition;
    /// doubled after each further failure.
    pause: Duration,
}

impl<K: Clone + Eq + Hash, T: Clone> PushAgenda<K, T> {
    /// Creates an empty agenda with this time between two checks.
    pub(crate) fn new(pause: Duration) -> Self {
        Self { entries: HashMap::new(), turns: HashMap::new(), pause }
    }

    /// Notes that a check of a tenant's is wanted. Returns `false` if the tenant has no free place on the agenda.
    pub(crate) fn note(&mut self, tenant: TenantId, key: K, what: T) -> bool {
        let now = Instant::now();
        self.entries.retain(|_, it| it.is_wanted || it.is_running || it.not_before > now);
        if let Some(standing) = self.entries.get_mut(&key) {
            (standing.tenant, standing.what, standing.is_wanted) = (tenant, what, true);
            return true;
        }
        let own = self.entries.values().filter(|it| it.tenant == tenant);
        let has_place = own.count() < CAPACITY;
        if has_place {
            let new = AgendaEntry {
                tenant,
                what,
                is_wanted: true,
                is_running: false,
                not_before: now,
                failures: 0,
            };
            self.entries.insert(key, new);
        }
        has_place
    }

    /// Returns the next check to begin, and marks it as running; `None` if none is due for which its tenant has a free
    /// slot.
    pub(crate) fn take_due(&mut self) -> Option<(K, T)> {
        let now = Instant::now();
        let key = self.find_due(now)?;
        let standing = self.entries.get_mut(&key)?;
        (standing.is_wanted, standing.is_running) = (false, true);
        standing.not_before = now + self.pause;
        self.turns.retain(|_, begun| *begun + REMEMBERED > now);
        self.turns.insert(standing.tenant.clone(), now);
        Some((key, standing.what.clone()))
    }

    /// Returns the key of the next due check. Tenants with fewer running checks come first, then those whose last check
    /// began earlier; of a tenant, the check that has been due for the longest time.
    fn find_due(&self, now: Instant) -> Option<K> {
        let slots = self.slots(now);
        let due = self.entries.iter().filter(|(_, it)| it.is_due(now));
        let due = due.filter(|(_, it)| slots.has_free_slot(&it.tenant));
        let next = due.min_by_key(|(_, it)| {
            let last_turn = self.turns.get(&it.tenant).copied();
            (slots.running(&it.tenant), last_turn, it.not_before)
        });
        next.map(|(key, _)| key.clone())
    }

    /// Returns the use of the slots.
    fn slots(&self, now: Instant) -> TenantSlots<'_> {
        let mut slots = TenantSlots::default();
        for entry in self.entries.values() {
            if entry.is_running {
                slots.note_running(&entry.tenant);
            }
            if entry.is_due(now) {
                slots.note_due(&entry.tenant);
            }
        }
        slots
    }

    /// Notes the end of a check. A failed one is repeated.
    pub(crate) fn note_end(&mut self, key: &K, is_settled: bool) {
        let Some(standing) = self.entries.get_mut(key) else { return };
        standing.is_running = false;
        if is_settled {
            standing.failures = 0;
            return;
        }
        let pause = self.pause * 2_u32.saturating_pow(standing.failures.min(6));
        standing.failures += 1;
        standing.is_wanted = true;
        standing.not_before = Instant::now() + pause.min(LONGEST_PAUSE);
    }

    /// Notes the end of a check that succeeded, but has to be repeated after some seconds.
    pub(crate) fn note_unfinished(&mut self, key: &K) {
        self.note_end(key, true);
        if let Some(standing) = self.entries.get_mut(key) {
            (standing.is_wanted, standing.not_before) = (true, Instant::now() + self.pause);
        }
    }

    /// Returns the time when the next check may begin if none ends before. Checks without a free slot do not count:
    /// only the end of a check gives them one.
    pub(crate) fn next(&self) -> Option<Instant> {
        let slots = self.slots(Instant::now());
        let waiting = self.entries.values().filter(|it| it.is_waiting());
        let waiting = waiting.filter(|it| slots.has_free_slot(&it.tenant));
        waiting.map(|it| it.not_before).min()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tenant_slots::{ALONE, BESIDE_OTHERS, SLOTS};
    use super::*;

    const TOGETHER: Duration = Duration::from_secs(5);

    /// Returns an agenda with a hundred due checks of each of two tenants, with the numbers from 0 and from 1,000.
    fn agenda_of_two_busy_tenants() -> PushAgenda<u32, ()> {
        let mut agenda = PushAgenda::new(TOGETHER);
        for number in 0..100 {
            note(&mut agenda, "mark", number);
            note(&mut agenda, "justine", 1_000 + number);
        }
        agenda
    }

    fn note(agenda: &mut PushAgenda<u32, ()>, tenant: &str, number: u32) {
        let tenant = format!("ten_{tenant}").parse().unwrap();
        assert!(agenda.note(tenant, number, ()));
    }

    /// Returns an agenda on which a tenant has no free place. Its checks have the numbers from 0.
    fn agenda_full_of_checks_of_mark() -> PushAgenda<u32, ()> {
        let mut agenda = PushAgenda::new(TOGETHER);
        for number in 0..u32::try_from(CAPACITY).unwrap() {
            note(&mut agenda, "mark", number);
        }
        agenda
    }

    fn take_all_due(agenda: &mut PushAgenda<u32, ()>) -> Vec<u32> {
        std::iter::from_fn(|| agenda.take_due()).map(|(number, ())| number).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn pushes_in_quick_succession_are_handled_together() {
        let mut agenda = PushAgenda::new(TOGETHER);
        let (begun, mut looks) = (Instant::now(), Vec::new());
        for _ in 0..50 {
            note(&mut agenda, "mark", 1);
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
        let mut agenda = PushAgenda::new(TOGETHER);
        note(&mut agenda, "mark", 1);
        assert!(agenda.take_due().is_some());
        note(&mut agenda, "mark", 1);
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
        note(&mut agenda, "mark", 2);
        assert_eq!(agenda.entries.len(), 1, "what is settled is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenants_check_begins_beside_a_hundred_older_ones_of_another_tenant() {
        let mut agenda = PushAgenda::new(TOGETHER);
        for number in 0..100 {
            note(&mut agenda, "mark", number);
        }
        tokio::time::advance(Duration::from_millis(1)).await;
        note(&mut agenda, "justine", 1_000);
        let taken = take_all_due(&mut agenda);
        assert_eq!((taken.len(), taken[1]), (ALONE + 1, 1_000), "{taken:?}");
        // Mark's other checks are due, but wait until one of mark's ends.
        assert_eq!(agenda.next(), None);
        agenda.note_end(&1_000, false);
        assert_eq!(agenda.next(), Some(Instant::now() + TOGETHER));
        assert_eq!(agenda.take_due(), None);
        agenda.note_end(&taken[0], true);
        assert!(agenda.next().is_some_and(|next| next <= Instant::now()));
        assert_eq!(take_all_due(&mut agenda).len(), 1);
        tokio::time::advance(TOGETHER).await;
        assert_eq!(take_all_due(&mut agenda), [1_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn tenants_with_many_due_checks_get_a_quarter_of_the_slots_each() {
        let mut agenda = agenda_of_two_busy_tenants();
        let of_mark = |taken: &[u32]| taken.iter().filter(|number| **number < 1_000).count();
        let taken = take_all_due(&mut agenda);
        assert_eq!((taken.len(), of_mark(&taken)), (2 * BESIDE_OTHERS, BESIDE_OTHERS));
        assert_eq!(agenda.next(), None);
        for ended in &taken {
            agenda.note_end(ended, true);
            let next = take_all_due(&mut agenda);
            assert_eq!((next.len(), of_mark(&next)), (1, of_mark(&[*ended])));
        }
        // Another tenant does not have to wait for them.
        note(&mut agenda, "third", 2_000);
        assert_eq!(take_all_due(&mut agenda), [2_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenant_that_fills_its_places_takes_none_of_another_tenants() {
        let mut agenda = agenda_full_of_checks_of_mark();
        let mark: TenantId = "ten_mark".parse().unwrap();
        assert!(!agenda.note(mark.clone(), 5_000, ()), "mark has no free place");
        assert!(agenda.note(mark, 0, ()), "the check that waits stands for further pushes");
        note(&mut agenda, "justine", 10_000);
        assert!(take_all_due(&mut agenda).contains(&10_000));
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_check_frees_a_place_of_its_tenant() {
        let mut agenda = agenda_full_of_checks_of_mark();
        let (taken, ()) = agenda.take_due().unwrap();
        agenda.note_end(&taken, true);
        tokio::time::advance(TOGETHER * 2).await;
        note(&mut agenda, "mark", 5_000);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_checks_run_than_there_are_slots_and_tenants_take_turns() {
        let mut agenda = PushAgenda::new(TOGETHER);
        let tenants = u32::try_from(SLOTS).unwrap();
        for number in 0..3 * tenants {
            note(&mut agenda, &format!("busy{}", number % tenants), number);
        }
        let taken = take_all_due(&mut agenda);
        assert_eq!((taken.len(), agenda.next()), (SLOTS, None));
        tokio::time::advance(Duration::from_millis(1)).await;
        note(&mut agenda, "late", 1_000);
        assert_eq!(agenda.take_due(), None);
        agenda.note_end(&taken[0], true);
        assert_eq!(take_all_due(&mut agenda), [1_000], "the others have had their turn");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unfinished_check_is_repeated_after_some_seconds() {
        let mut agenda = PushAgenda::new(TOGETHER);
        note(&mut agenda, "mark", 1);
        assert!(agenda.take_due().is_some());
        tokio::time::advance(TOGETHER * 2).await;
        agenda.note_unfinished(&1);
        assert_eq!((agenda.take_due(), agenda.next()), (None, Some(Instant::now() + TOGETHER)));
        tokio::time::advance(TOGETHER).await;
        assert!(agenda.take_due().is_some());
    }
}
