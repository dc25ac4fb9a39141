//! Whether the audit can be written.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::TenantId;
use parking_lot::Mutex;

/// Since when the audit could not be written.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    /// That of all tenants, because the database failed.
    all: Option<Instant>,
    /// Those of single tenants, whose chains cannot be continued.
    tenants: HashMap<TenantId, Instant>,
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

    /// Records that the chain of a tenant could not be continued.
    pub(super) fn broke(&self, tenant: &TenantId) {
        self.0.lock().tenants.entry(tenant.clone()).or_insert_with(Instant::now);
    }

    /// Returns for how long entries of a tenant could not be written.
    pub(super) fn lasts_for(&self, tenant: &TenantId) -> Option<Duration> {
        let since = self.0.lock();
        let begun = [since.all, since.tenants.get(tenant).copied()];
        begun.into_iter().flatten().min().map(|begun| begun.elapsed())
    }

    /// Returns whether the entries of all tenants could be written, and those of each.
    pub(super) fn is_whole(&self) -> (bool, bool) {
        let since = self.0.lock();
        (since.all.is_none(), since.tenants.is_empty())
    }
}
