//! The heads of chains as this process saw them last.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::TenantId;
use parking_lot::Mutex;

/// The maximum number of heads that are kept; beyond it, all are forgotten, which costs a statement each.
const CAPACITY: usize = 10_000;

/// The number and the digest of the last entry of a chain.
type Head = (i64, String);

/// The heads of chains as this process saw them last. Another process may have moved them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heads(Arc<Mutex<HashMap<TenantId, Head>>>);

impl Heads {
    /// Returns the head of a tenant's chain; `None` if it is not known.
    pub(crate) fn head_of(&self, tenant: &TenantId) -> Option<Head> {
        self.0.lock().get(tenant).cloned()
    }

    /// Forgets the head of a tenant's chain.
    pub(crate) fn forget(&self, tenant: &TenantId) {
        self.0.lock().remove(tenant);
    }

    /// Keeps the head of a tenant's chain.
    pub(crate) fn keep(&self, tenant: &TenantId, head: Head) {
        let mut heads = self.0.lock();
        if heads.len() >= CAPACITY && !heads.contains_key(tenant) {
            heads.clear();
        }
        heads.insert(tenant.clone(), head);
    }
}
