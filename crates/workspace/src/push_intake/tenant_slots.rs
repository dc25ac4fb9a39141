//! The slots for checks, which tenants share.

use std::collections::{HashMap, HashSet};

use covibe_domain::TenantId;

/// The maximum number of checks that run at once.
pub(super) const SLOTS: usize = 8;

/// The maximum number of a tenant's checks that run at once while no other tenant's check is due. A check mostly waits
/// for calls and judgements of which the tenant has only a share, so more slots would hardly end its checks earlier.
pub(super) const ALONE: usize = SLOTS / 2;

/// The number of running checks from which a tenant waits while another tenant's check is due. With it, three tenants
/// that push without a pause leave slots free for the next one.
pub(super) const BESIDE_OTHERS: usize = SLOTS / 4;

/// The use of the slots at a moment.
#[derive(Debug, Default)]
pub(super) struct TenantSlots<'a> {
    /// The number of running checks of each tenant that has some.
    running: HashMap<&'a TenantId, usize>,
    /// The tenants with due checks.
    due: HashSet<&'a TenantId>,
}

impl<'a> TenantSlots<'a> {
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
        let limit = if is_alone { ALONE } else { BESIDE_OTHERS };
        self.running(tenant) < limit && self.running.values().sum::<usize>() < SLOTS
    }
}
