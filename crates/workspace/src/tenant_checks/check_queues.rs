//! The queues of an agenda, which find the next check without a look at all of them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use covibe_domain::TenantId;
use tokio::time::Instant;

use super::tenant_slots::{SlotLimits, TenantSlots};

/// The time for which the beginning of a tenant's last check is remembered: longer than a check may take.
const REMEMBERED: Duration = Duration::from_mins(10);

/// The position of a check in a queue: the time from which it counts there, and a number of its own.
pub(super) type Position = (Instant, u64);

/// The stage of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for its time or for a slot.
    Waiting,
    /// It is running.
    Running,
    /// It is not wanted. The agenda has it until its time, so that a further note waits so long.
    Settled,
}

/// The checks on an agenda, by tenants and stages.
#[derive(Debug)]
pub(super) struct CheckQueues<K> {
    tenants: HashMap<TenantId, TenantQueue<K>>,
    /// The settled checks of all tenants, by the time when they leave the agenda.
    settled: BTreeMap<Position, K>,
    limits: SlotLimits,
}

/// The checks of a tenant.
#[derive(Debug)]
struct TenantQueue<K> {
    /// The number of its checks in all stages.
    count: usize,
    /// The number of its running checks.
    running: usize,
    /// Those that wait, by the time from which they may begin.
    waiting: BTreeMap<Position, K>,
    /// The time when its last check began.
    last_turn: Option<Instant>,
}

impl<K> TenantQueue<K> {
    const fn new() -> Self {
        Self { count: 0, running: 0, waiting: BTreeMap::new(), last_turn: None }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.waiting.first_key_value().is_some_and(|((at, _), _)| *at <= now)
    }
}

impl<K: Clone> CheckQueues<K> {
    /// Creates empty queues with these limits of running checks.
    pub(super) fn new(limits: SlotLimits) -> Self {
        Self { tenants: HashMap::new(), settled: BTreeMap::new(), limits }
    }

    /// Adds a check.
    pub(super) fn add(&mut self, tenant: &TenantId, stage: Stage, position: Position, key: &K) {
        let queue = self.tenants.entry(tenant.clone()).or_insert_with(TenantQueue::new);
        queue.count += 1;
        match stage {
            Stage::Waiting => {
                queue.waiting.insert(position, key.clone());
            }
            Stage::Running => queue.running += 1,
            Stage::Settled => {
                self.settled.insert(position, key.clone());
            }
        }
    }

    /// Removes a check that was added like this.
    pub(super) fn remove(&mut self, tenant: &TenantId, stage: Stage, position: Position) {
        let Some(queue) = self.tenants.get_mut(tenant) else { return };
        queue.count = queue.count.saturating_sub(1);
        match stage {
            Stage::Waiting => {
                queue.waiting.remove(&position);
            }
            Stage::Running => queue.running = queue.running.saturating_sub(1),
            Stage::Settled => {
                self.settled.remove(&position);
            }
        }
    }

    /// Returns the key of a settled check that leaves the agenda by now. It still counts for its tenant.
    pub(super) fn take_settled(&mut self, now: Instant) -> Option<K> {
        let first = self.settled.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// Returns the number of a tenant's checks.
    pub(super) fn count(&self, tenant: &TenantId) -> usize {
        self.tenants.get(tenant).map_or(0, |queue| queue.count)
    }

    /// Returns the number of tenants with checks now or a moment ago.
    pub(super) fn count_tenants(&self) -> usize {
        self.tenants.len()
    }

    /// Notes that a check of a tenant begins, and forgets tenants that have had none for some time.
    pub(super) fn note_turn(&mut self, tenant: &TenantId, now: Instant) {
        if let Some(queue) = self.tenants.get_mut(tenant) {
            queue.last_turn = Some(now);
        }
        let is_recent = |at: Instant| at + REMEMBERED > now;
        self.tenants.retain(|_, queue| queue.count > 0 || queue.last_turn.is_some_and(is_recent));
    }

    /// Returns the key of the next due check. Tenants with fewer running checks come first, then those whose last check
    /// began earlier; of a tenant, the check that has been due for the longest time.
    pub(super) fn find_due(&self, now: Instant) -> Option<K> {
        let slots = self.slots(now);
        let due = self.tenants.iter().filter_map(|(tenant, queue)| {
            let (position, key) = queue.waiting.first_key_value()?;
            let may_begin = position.0 <= now && slots.has_free_slot(tenant);
            may_begin.then_some(((slots.running(tenant), queue.last_turn, *position), key))
        });
        due.min_by_key(|(rank, _)| *rank).map(|(_, key)| key.clone())
    }

    /// Returns the time when the next check may begin if none ends before. Checks without a free slot do not count.
    pub(super) fn next_time(&self, now: Instant) -> Option<Instant> {
        let slots = self.slots(now);
        let waiting = self.tenants.iter().filter_map(|(tenant, queue)| {
            let ((at, _), _) = queue.waiting.first_key_value()?;
            slots.has_free_slot(tenant).then_some(*at)
        });
        waiting.min()
    }

    /// Returns the use of the slots.
    fn slots(&self, now: Instant) -> TenantSlots<'_> {
        let mut slots = TenantSlots::new(self.limits);
        for (tenant, queue) in &self.tenants {
            if queue.running > 0 {
                slots.note_running(tenant, queue.running);
            }
            if queue.is_due(now) {
                slots.note_due(tenant);
            }
        }
        slots
    }
}
