//! The health of the audit: whether its entries can be written.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::TenantId;
use parking_lot::Mutex;

/// The health of the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditHealth {
    /// All entries can be written.
    Ok,
    /// The entries of a tenant cannot be written in time; the others can.
    Late,
    /// The chain of a tenant cannot be continued; the others can.
    Broken,
    /// No entries can be written.
    Failing,
}

/// The reason why the entries of a single tenant cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TroubleCause {
    /// Another session holds the head of the chain.
    Held,
    /// The chain cannot be continued.
    Broken,
}

/// The times since when entries could not be written.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    /// The time for all tenants, because the database failed.
    all: Option<Instant>,
    /// The times for single tenants.
    tenants: HashMap<TenantId, (Instant, TroubleCause)>,
}

impl Trouble {
    /// Records that entries of these tenants were written.
    pub(super) fn record_written<'a>(&self, tenants: impl IntoIterator<Item = &'a TenantId>) {
        let mut since = self.0.lock();
        for tenant in tenants {
            since.all = None;
            since.tenants.remove(tenant);
        }
    }

    /// Records that nothing could be written.
    pub(super) fn record_failure(&self) {
        self.0.lock().all.get_or_insert_with(Instant::now);
    }

    /// Records that the database can be written again; single chains may still be broken.
    pub(super) fn record_recovery(&self) {
        self.0.lock().all = None;
    }

    /// Records that entries of a tenant could not be written.
    pub(super) fn record_failure_for(&self, tenant: &TenantId, cause: TroubleCause) {
        let mut since = self.0.lock();
        since.tenants.entry(tenant.clone()).or_insert_with(|| (Instant::now(), cause)).1 = cause;
    }

    /// Returns the time for which entries of a tenant could not be written; `None` if they can be.
    pub(super) fn lasts_for(&self, tenant: &TenantId) -> Option<Duration> {
        let since = self.0.lock();
        let begun = [since.all, since.tenants.get(tenant).map(|(begun, _)| *begun)];
        begun.into_iter().flatten().min().map(|begun| begun.elapsed())
    }

    /// Returns the health of the audit for all tenants.
    pub(super) fn health(&self) -> AuditHealth {
        let since = self.0.lock();
        let is_broken = || since.tenants.values().any(|(_, cause)| *cause == TroubleCause::Broken);
        match (since.all, since.tenants.is_empty()) {
            (Some(_), _) => AuditHealth::Failing,
            (None, true) => AuditHealth::Ok,
            (None, false) if is_broken() => AuditHealth::Broken,
            (None, false) => AuditHealth::Late,
        }
    }
}
