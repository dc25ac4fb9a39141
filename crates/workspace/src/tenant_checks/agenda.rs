//! The schedule of checks, of a repository with pushes for instance.
//!
//! A check that is noted for the first time is due at once. It stands for all notes within the pause of the agenda, and
//! has one task at a time. Tenants are served in turn, and each has its own number of places, so that the checks of one
//! tenant neither delay those of another nor leave them no place.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use covibe_domain::TenantId;
use tokio::time::Instant;

use super::agenda_entry::AgendaEntry;
use super::check_queues::CheckQueues;
use super::tenant_slots::SlotLimits;

/// The maximum number of checks of each tenant on the agenda.
const CAPACITY: usize = 1_000;

/// The number of checks on the agenda from which a tenant gets a place only while it has less than an equal share of this
/// number. A check of a repository takes about 2 KB.
const SHARED_CAPACITY: usize = 50_000;

/// The agenda: the checks of all tenants, by a key. To note a check takes a time that hardly depends on their number, and
/// to find the next one a time that grows with the number of tenants: deliveries of all tenants wait for both.
#[derive(Debug)]
pub(crate) struct CheckAgenda<K, T> {
    entries: HashMap<K, AgendaEntry<T>>,
    /// The same checks by tenants and times.
    queues: CheckQueues<K>,
    /// The number of the newest check.
    newest: u64,
    /// The time after the beginning of a check until the next one, and after a failed check until its repetition;
    /// doubled after each further failure.
    pause: Duration,
}

impl<K: Clone + Eq + Hash, T: Clone> CheckAgenda<K, T> {
    /// Creates an empty agenda with these limits of running checks, and with this time between two checks.
    pub(crate) fn new(limits: SlotLimits, pause: Duration) -> Self {
        Self { entries: HashMap::new(), queues: CheckQueues::new(limits), newest: 0, pause }
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

    /// Forgets the settled checks after which a further one would no longer have to wait.
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

    /// Notes that no check is running now. Those that were running are repeated.
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
mod tests;
