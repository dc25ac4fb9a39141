//! The shares of tenants in the connections of a server: no tenant takes all of them.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::TenantId;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::{CONNECT_TIMEOUT, Error, Result};

/// A place in a tenant's share, until it is dropped.
pub(crate) type Share = OwnedSemaphorePermit;

/// The shares of tenants that have transactions, or wait for one. Clones share them.
#[derive(Clone)]
pub(crate) struct TenantShares {
    readers: Places,
    /// The same places as those of readers where one pool is for both.
    writers: Places,
}

/// The places of each tenant; those that nobody uses are forgotten.
#[derive(Clone)]
struct Places {
    each: usize,
    taken: Arc<Mutex<HashMap<TenantId, Arc<Semaphore>>>>,
}

impl TenantShares {
    /// Lets a tenant have half of the connections of a pool.
    pub(crate) fn of_pool(connections: usize) -> Self {
        let places = Places::new(connections / 2);
        Self { readers: places.clone(), writers: places }
    }

    /// Lets a tenant have half of the readers, and one place in the queue for the writer: those who wait for it get it
    /// tenant by tenant.
    pub(crate) fn of_readers_and_a_writer(readers: usize) -> Self {
        Self { readers: Places::new(readers / 2), writers: Places::new(1) }
    }

    /// Waits for a place of a tenant to read, or to change something.
    ///
    /// # Errors
    ///
    /// [`Error::ShareTaken`] if the tenant's transactions take all of its places for five seconds.
    pub(crate) async fn take(&self, tenant: &TenantId, changes: bool) -> Result<Share> {
        let places = if changes { &self.writers } else { &self.readers };
        let waiting = timeout(CONNECT_TIMEOUT, places.open(tenant).acquire_owned()).await;
        waiting.ok().and_then(Result::ok).ok_or(Error::ShareTaken)
    }
}

impl Places {
    fn new(each: usize) -> Self {
        Self { each: each.max(1), taken: Arc::default() }
    }

    /// Returns the places of a tenant.
    fn open(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut taken = self.taken.lock();
        if let Some(places) = taken.get(tenant) {
            return Arc::clone(places);
        }
        taken.retain(|_, places| Arc::strong_count(places) > 1);
        let places = Arc::new(Semaphore::new(self.each));
        taken.insert(tenant.clone(), Arc::clone(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const READ: bool = false;
    const CHANGE: bool = true;

    fn tenant(name: &str) -> TenantId {
        format!("ten_{name}").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_tenant_whose_share_is_taken_waits_while_others_have_theirs() {
        let shares = TenantShares::of_readers_and_a_writer(4);
        let (busy, other) = (tenant("busy"), tenant("other"));
        let mut taken = Vec::new();
        for changes in [READ, READ, CHANGE] {
            taken.push(shares.take(&busy, changes).await.unwrap());
        }
        for changes in [READ, CHANGE] {
            assert!(matches!(shares.take(&busy, changes).await, Err(Error::ShareTaken)));
            assert!(shares.take(&other, changes).await.is_ok());
        }
        let (next, ()) = tokio::join!(shares.take(&busy, READ), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(taken.remove(0));
        });
        assert!(next.is_ok());
        drop((taken, next));
        for next in [other, tenant("third")] {
            assert!(shares.take(&next, READ).await.is_ok());
        }
        assert_eq!(shares.readers.taken.lock().len(), 1, "those that nobody uses are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn reads_and_changes_have_one_share_where_they_have_one_pool() {
        let shares = TenantShares::of_pool(4);
        let busy = tenant("busy");
        let _read = shares.take(&busy, READ).await.unwrap();
        let _change = shares.take(&busy, CHANGE).await.unwrap();
        assert!(matches!(shares.take(&busy, READ).await, Err(Error::ShareTaken)));
    }
}
