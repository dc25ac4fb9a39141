//! The deployments that calls are about to queue.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::TenantId;
use parking_lot::Mutex;

/// How many deployments the calls of each tenant are about to queue in this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReservedDeployments(Arc<Mutex<HashMap<TenantId, usize>>>);

impl ReservedDeployments {
    /// Returns how many places a tenant has reserved.
    pub(crate) fn count(&self, tenant: &TenantId) -> usize {
        self.0.lock().get(tenant).copied().unwrap_or_default()
    }

    /// Reserves a place for a tenant.
    pub(crate) fn reserve(&self, tenant: &TenantId) -> DeploymentPlace {
        *self.0.lock().entry(tenant.clone()).or_default() += 1;
        DeploymentPlace { reserved: self.clone(), tenant: tenant.clone() }
    }
}

/// A place among the deployments of a tenant, for one that is queued later in the call. It is given back
/// when this is dropped: once the deployment was queued, Coolify tells of it.
#[derive(Debug)]
pub struct DeploymentPlace {
    reserved: ReservedDeployments,
    tenant: TenantId,
}

impl Drop for DeploymentPlace {
    fn drop(&mut self) {
        let mut reserved = self.reserved.0.lock();
        if let Some(count) = reserved.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                reserved.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_place_is_given_back() {
        let reserved = ReservedDeployments::default();
        let [one, other]: [TenantId; 2] = ["ten_abcd", "ten_abce"].map(|id| id.parse().unwrap());
        let places = [reserved.reserve(&one), reserved.reserve(&one)];
        assert_eq!((reserved.count(&one), reserved.count(&other)), (2, 0));
        drop(places);
        assert_eq!(reserved.count(&one), 0);
        assert!(reserved.0.lock().is_empty(), "tenants without a place are forgotten");
    }
}
