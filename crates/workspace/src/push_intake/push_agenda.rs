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

use super::agenda_entry::AgendaEntry;
use super::check_queues::CheckQueues;

/// The maximum number of checks of each tenant on the agenda.
const CAPACITY: usize = 1_000;

/// The number of checks on the agenda from which a tenant gets a place only while it has less than an equal share of this
/// number. A check of a repository takes about 2 KB.
const SHARED_CAPACITY: usize = 50_000;

/// The agenda: the checks of all tenants, by a key. To note a check takes a time that hardly depends on their number, and
/// to find the next one a time that grows with the number of tenants: deliveries of all tenants wait for both.
#[derive(Debug)]
pub(crate) struct PushAgenda<K, T> {
    entries: HashMap<K, AgendaEntry<T>>,
    /// The same checks by tenants and times.
    queues: CheckQueues<K>,
    /// The number of the newest check.
    newest: u64,
    /// The time after the beginning of a check until the next one, and after a failed check until its repetition;
    /// doubled after each further failure.
    pause: Duration,
}

impl<K: Clone + Eq + Hash, T: Clone> PushAgenda<K, T> {
    /// Creates an empty agenda with this time between two checks.
    pub(crate) fn new(pause: Duration) -> Self {
        Self { entries: HashMap::new(), queues: CheckQueues::new(), newest: 0, pause }
    }

    /// Notes that a check of a tenant's is wanted. Returns `false` if the tenant has no free place on the agenda.
    pub(crate) fn note(&mut self, tenant: TenantId, key: K, what: T) -> bool {
        let now = Instant::now();
        self.forget_settled(now);
        if self.entries.contains_key(&key) {
            let renewed = self.change(&key, |it| {
                (it.tenant, it.what, it.is_wanted) = (tenant, what, true);
            });
            return renewed.is_some();
        }
        let has_place = self.has_place(&tenant);
        if has_place {
            self.newest += 1;
            let new = AgendaEntry {
                tenant,
                what,
                is_wanted: true,
                is_running: false,
                not_before: now,
                failures: 0,
                number: self.newest,
            };
            self.queues.add(&new.tenant, new.stage(), new.position(), &key);
            self.entries.insert(key, new);
        }
        has_place
    }

    /// Returns whether one more check of a tenant has a place on the agenda.
    fn has_place(&self, tenant: &TenantId) -> bool {
        let own = self.queues.count(tenant);
        let share = SHARED_CAPACITY / self.queues.count_tenants().max(1);
        own < CAPACITY && (self.entries.len() < SHARED_CAPACITY || own < share.max(1))
    }

    /// Forgets the settled checks after which a further one would not have to wait any more.
    fn forget_settled(&mut self, now: Instant) {
        while let Some(key) = self.queues.take_settled(now) {
            if let Some(entry) = self.entries.remove(&key) {
                self.queues.remove(&entry.tenant, entry.stage(), entry.position());
            }
        }
    }

    /// Changes a check, and moves it to the queue of its new stage. `None` if the agenda does not have it.
    fn change<R>(&mut self, key: &K, change: impl FnOnce(&mut AgendaEntry<T>) -> R) -> Option<R> {
        let entry = self.entries.get_mut(key)?;
        self.queues.remove(&entry.tenant, entry.stage(), entry.position());
        let result = change(entry);
        self.queues.add(&entry.tenant, entry.stage(), entry.position(), key);
        Some(result)
    }

    /// Returns the next check to begin, and marks it as running; `None` if none is due for which its tenant has a free
    /// slot.
    pub(crate) fn take_due(&mut self) -> Option<(K, T)> {
        let (now, pause) = (Instant::now(), self.pause);
        let key = self.queues.find_due(now)?;
        let (tenant, what) = self.change(&key, |it| {
            (it.is_wanted, it.is_running) = (false, true);
            it.not_before = now + pause;
            (it.tenant.clone(), it.what.clone())
        })?;
        self.queues.note_turn(&tenant, now);
        Some((key, what))
    }

    /// Notes the end of a check. A failed one is repeated.
    pub(crate) fn note_end(&mut self, key: &K, is_settled: bool) {
        let pause = self.pause;
        self.change(key, |it| it.note_end(is_settled, pause));
    }

    /// Notes the end of a check that succeeded, but has to be repeated after some seconds.
    pub(crate) fn note_unfinished(&mut self, key: &K) {
        let pause = self.pause;
        self.change(key, |it| {
            it.note_end(true, pause);
            (it.is_wanted, it.not_before) = (true, Instant::now() + pause);
        });
    }

    /// Notes that no check is running any more. Those that were running are repeated.
    pub(crate) fn end_running_checks(&mut self) {
        let running = self.entries.iter().filter(|(_, entry)| entry.is_running);
        let running: Vec<_> = running.map(|(key, _)| key.clone()).collect();
        for key in running {
            self.note_end(&key, false);
        }
    }

    /// Returns the time when the next check may begin if none ends before. Checks without a free slot do not count:
    /// only the end of a check gives them one.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.queues.next_time(Instant::now())
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

    #[tokio::test(start_paused = true)]
    async fn checks_that_ended_with_their_task_are_repeated() {
        let mut agenda = PushAgenda::new(TOGETHER);
        for number in 1..=3 {
            note(&mut agenda, "mark", number);
        }
        assert_eq!([agenda.take_due(), agenda.take_due()], [Some((1, ())), Some((2, ()))]);
        agenda.note_end(&2, true);
        agenda.end_running_checks();
        assert_eq!(take_all_due(&mut agenda), [3], "it was not running");
        tokio::time::advance(TOGETHER).await;
        assert_eq!(take_all_due(&mut agenda), [1]);
    }

    /// A look at all checks for each of them would take a minute.
    #[tokio::test(start_paused = true)]
    async fn a_first_round_of_thirty_thousand_repositories_is_noted_and_checked() {
        let mut agenda = PushAgenda::new(TOGETHER);
        let tenants: Vec<TenantId> =
            (0..100).map(|tenant| format!("ten_{tenant:04}").parse().unwrap()).collect();
        for _ in 0..2 {
            for number in 0..30_000 {
                assert!(agenda.note(tenants[number % tenants.len()].clone(), number, ()));
            }
        }
        assert_eq!(agenda.entries.len(), 30_000);
        for _ in 0..1_000 {
            let (taken, ()) = agenda.take_due().unwrap();
            agenda.note_end(&taken, true);
        }
        tokio::time::advance(TOGETHER).await;
        agenda.forget_settled(Instant::now());
        assert_eq!(agenda.entries.len(), 29_000);
        let counts: Vec<_> = tenants.iter().map(|tenant| agenda.queues.count(tenant)).collect();
        assert_eq!(counts, [290; 100]);
    }

    #[tokio::test(start_paused = true)]
    async fn tenants_share_an_agenda_on_which_many_checks_wait() {
        let mut agenda = PushAgenda::new(TOGETHER);
        let tenants = SHARED_CAPACITY / CAPACITY * 2;
        for number in 0..SHARED_CAPACITY {
            let tenant = format!("ten_{:04}", number % tenants).parse().unwrap();
            assert!(agenda.note(tenant, number, ()));
        }
        assert!(!agenda.note("ten_0000".parse().unwrap(), SHARED_CAPACITY, ()), "it has its share");
        assert!(agenda.note("ten_late".parse().unwrap(), SHARED_CAPACITY, ()));
    }
}
