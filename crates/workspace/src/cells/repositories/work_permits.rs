//! Permits for expensive work. A tenant has only one at a time.

use std::sync::Arc;

use covibe_domain::{KeyedSemaphore, KeyedTurn, TenantId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits to do something: some in all, and one for each tenant.
#[derive(Debug)]
pub(crate) struct Permits {
    all: Arc<Semaphore>,
    of_tenants: KeyedSemaphore<TenantId>,
}

/// The permit to do it once.
#[derive(Debug)]
pub(crate) struct Permit {
    _of_tenant: KeyedTurn,
    _of_all: OwnedSemaphorePermit,
}

impl Permits {
    /// Creates so many permits, of which each tenant has at most one at a time.
    pub(crate) fn new(at_once: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(at_once)), of_tenants: KeyedSemaphore::default() }
    }

    /// Waits for a tenant's turn. A call that waits for its tenant's permit keeps none from other tenants.
    /// `None` would mean a closed semaphore, and none is ever closed.
    pub(crate) async fn permit(&self, tenant: &TenantId) -> Option<Permit> {
        let of_tenant = self.of_tenants.acquire(tenant).await;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Permit { _of_tenant: of_tenant, _of_all: of_all })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_tenant_has_one_permit_at_a_time() {
        let permits = Permits::new(2);
        let (mark, justine) = ("ten_mark".parse().unwrap(), "ten_justine".parse().unwrap());
        let first = permits.permit(&mark).await;
        assert!(permits.permit(&mark).now_or_never().is_none(), "its own is taken");
        let other = permits.permit(&justine).now_or_never();
        assert!(other.is_some(), "another tenant's is free");
        drop(first);
        assert!(permits.permit(&mark).now_or_never().is_some());
    }

    #[tokio::test]
    async fn no_more_permits_are_granted_than_there_are() {
        let permits = Permits::new(1);
        let (mark, justine) = ("ten_mark".parse().unwrap(), "ten_justine".parse().unwrap());
        let first = permits.permit(&mark).await;
        assert!(permits.permit(&justine).now_or_never().is_none());
        drop(first);
        assert!(permits.permit(&justine).now_or_never().is_some());
    }
}
