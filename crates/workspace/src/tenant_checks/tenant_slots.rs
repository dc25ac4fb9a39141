//! The slots for checks, which tenants share.

use std::collections::{HashMap, HashSet};

use covibe_domain::TenantId;

/// The limits of the numbers of checks that run at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotLimits {
    /// The maximum number of all tenants together.
    pub(super) all: usize,
    /// The maximum number of a tenant while no other tenant's check is due.
    pub(super) alone: usize,
    /// The number from which a tenant waits while another tenant's check is due.
    pub(super) beside_others: usize,
}

impl SlotLimits {
    /// The limits of work on pushes. A check mostly waits for calls and judgements of which the tenant has only a share, so
    /// more slots of a tenant would hardly end its checks earlier. Three tenants that push without a pause leave slots free
    /// for the next one.
    pub(crate) const OF_PUSHES: Self = Self { all: 8, alone: 4, beside_others: 2 };

    /// Returns the limits with which so many checks run at once, each of another tenant.
    pub(crate) const fn one_per_tenant(all: usize) -> Self {
        Self { all, alone: 1, beside_others: 1 }
    }
}

/// The use of the slots at a moment.
#[derive(Debug)]
pub(super) struct TenantSlots<'a> {
    limits: SlotLimits,
    /// The number of running checks of each tenant that has some.
    running: HashMap<&'a TenantId, usize>,
    /// The tenants with due checks.
    due: HashSet<&'a TenantId>,
}

impl<'a> TenantSlots<'a> {
    /// Creates slots with these limits, none of which is used.
    pub(super) fn new(limits: SlotLimits) -> Self {
        Self { limits, running: HashMap::new(), due: HashSet::new() }
    }

    /// Notes the running checks of a tenant.
    pub(super) fn note_running(&mut self, tenant: &'a TenantId, checks: usize) {
        self.running.insert(tenant, checks);
    }

    /// Notes a due check.
    pub(super) fn note_due(&mut self, tenant: &'a TenantId) {
        self.due.insert(tenant);
    }

    /// Returns the number of a tenant's running checks.
    pub(super) fn running(&self, tenant: &TenantId) -> usize {
        self.running.get(tenant).copied().unwrap_or_default()
    }

    /// Returns whether one more check of a tenant may run now.
    pub(super) fn has_free_slot(&self, tenant: &TenantId) -> bool {
        let is_alone = self.due.iter().all(|due| *due == tenant);
        let SlotLimits { all, alone, beside_others } = self.limits;
        let limit = if is_alone { alone } else { beside_others };
        self.running(tenant) < limit && self.running.values().sum::<usize>() < all
    }
}
