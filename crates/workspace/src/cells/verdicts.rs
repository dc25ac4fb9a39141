//! The verdicts on commits. A commit never changes, so that its verdict can be kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Failure, TenantId};
use covibe_repository::Verdict;
use covibe_upstream::SingleFlights;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a verdict is kept.
const LIFETIME: Duration = Duration::from_hours(24);

/// The most verdicts that are kept; beyond it all are evicted.
const CAPACITY: usize = 2_000;

/// The most clones that are made at the same time; one tenant makes only one of them.
const CLONES: usize = 2;

/// A repository, `owner/name`, and the whole hash of a commit.
pub(crate) type CommitOf = (String, String);

/// The verdicts of a cell's Gitea.
#[derive(Debug)]
pub(crate) struct Verdicts {
    known: SingleFlights<CommitOf, Arc<Verdict>, Failure>,
    /// The permits to clone.
    pub(crate) clones: Clones,
}

/// The permits to clone: some for the cell, and one for each tenant.
#[derive(Debug)]
pub(crate) struct Clones {
    all: Arc<Semaphore>,
    of_tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

/// The permit to make one clone.
#[derive(Debug)]
pub(crate) struct ClonePermit {
    _of_tenant: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Clones {
    fn new(at_once: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(at_once)), of_tenants: Mutex::default() }
    }

    /// Waits for the permit to make a clone for a tenant. A call that waits for its tenant's permit holds
    /// none of the cell's. `None` would mean a closed semaphore, and none is ever closed.
    pub(crate) async fn permit(&self, tenant: &TenantId) -> Option<ClonePermit> {
        let own = self.of(tenant);
        let of_tenant = own.acquire_owned().await.ok()?;
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(ClonePermit { _of_tenant: of_tenant, _of_all: of_all })
    }

    /// Returns the semaphore of a tenant, and forgets those that nobody uses.
    fn of(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut of_tenants = self.of_tenants.lock();
        of_tenants.retain(|_, one| Arc::strong_count(one) > 1);
        let own = of_tenants.entry(tenant.clone()).or_insert_with(|| Arc::new(Semaphore::new(1)));
        Arc::clone(own)
    }
}

impl Default for Verdicts {
    fn default() -> Self {
        Self { known: SingleFlights::new(LIFETIME, CAPACITY), clones: Clones::new(CLONES) }
    }
}

impl Verdicts {
    /// Returns the verdict on a commit, from `judge` if it is not known.
    pub(crate) async fn get(
        &self,
        of: &CommitOf,
        judge: impl Future<Output = Result<Arc<Verdict>, Failure>> + Send,
    ) -> Result<Arc<Verdict>, Failure> {
        Box::pin(self.known.get(of, Box::pin(judge))).await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_tenant_makes_one_clone_at_a_time() {
        let clones = Clones::new(2);
        let (mark, justine) = ("ten_mark".parse().unwrap(), "ten_justine".parse().unwrap());
        let first = clones.permit(&mark).await;
        assert!(clones.permit(&mark).now_or_never().is_none(), "its own is taken");
        let other = clones.permit(&justine).now_or_never();
        assert!(other.is_some(), "another tenant's is free");
        drop(first);
        assert!(clones.permit(&mark).now_or_never().is_some());
        drop(other);
        drop(clones.permit(&mark).await);
        assert_eq!(clones.of_tenants.lock().len(), 1, "unused ones are forgotten");
    }

    #[tokio::test]
    async fn no_more_clones_are_made_than_the_cell_permits() {
        let clones = Clones::new(1);
        let (mark, justine) = ("ten_mark".parse().unwrap(), "ten_justine".parse().unwrap());
        let first = clones.permit(&mark).await;
        assert!(clones.permit(&justine).now_or_never().is_none());
        drop(first);
        assert!(clones.permit(&justine).now_or_never().is_some());
    }
}
