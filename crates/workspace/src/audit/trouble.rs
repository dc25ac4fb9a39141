//! Whether the audit can be written.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::TenantId;
use parking_lot::Mutex;

/// Whether the audit can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditHealth {
    /// It can.
    Ok,
    /// That of a tenant cannot be written in time; the others can.
    Late,
    /// The chain of a tenant cannot be continued; the others can.
    Broken,
    /// It cannot.
    Failing,
}

/// Why the entries of a single tenant cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Another session holds the head of the chain.
    Held,
    /// The chain cannot be continued.
    Broken,
}

/// Since when the audit could not be written.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    /// That of all tenants, because the database failed.
    all: Option<Instant>,
    /// Those of single tenants.
    tenants: HashMap<TenantId, (Instant, Cause)>,
}

impl Trouble {
    /// Records that entries of these tenants were written.
    pub(super) fn wrote<'a>(&self, tenants: impl IntoIterator<Item = &'a TenantId>) {
        let mut since = self.0.lock();
        for tenant in tenants {
            since.all = None;
            since.tenants.remove(tenant);
        }
    }

    /// Records that nothing could be written.
    pub(super) fn failed(&self) {
        self.0.lock().all.get_or_insert_with(Instant::now);
    }

    /// Records that the database can be written again, whichever chains cannot be continued.
    pub(super) fn ended(&self) {
        self.0.lock().all = None;
    }

    /// Records that entries of a tenant could not be written.
    pub(super) fn failed_for(&self, tenant: &TenantId, cause: Cause) {
        let mut since = self.0.lock();
        since.tenants.entry(tenant.clone()).or_insert_with(|| (Instant::now(), cause)).1 = cause;
    }

    /// Returns for how long entries of a tenant could not be written.
    pub(super) fn lasts_for(&self, tenant: &TenantId) -> Option<Duration> {
        let since = self.0.lock();
        let begun = [since.all, since.tenants.get(tenant).map(|(begun, _)| *begun)];
        begun.into_iter().flatten().min().map(|begun| begun.elapsed())
    }

    /// Returns whether the entries of all tenants can be written.
    pub(super) fn health(&self) -> AuditHealth {
        let since = self.0.lock();
        let is_broken = || since.tenants.values().any(|(_, cause)| *cause == Cause::Broken);
        match (since.all, since.tenants.is_empty()) {
            (Some(_), _) => AuditHealth::Failing,
            (None, true) => AuditHealth::Ok,
            (None, false) if is_broken() => AuditHealth::Broken,
            (None, false) => AuditHealth::Late,
        }
    }
}
