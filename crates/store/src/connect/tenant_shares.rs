//! The shares of tenants, and of strangers, in the connections of a server: nobody takes all of them.

use std::sync::Arc;

use covibe_domain::{KeyedSemaphore, KeyedTurn, TenantId};
use tokio::time::timeout;

use crate::error::{CONNECT_TIMEOUT, Error, Result};

/// A place in a share, until it is dropped.
pub(crate) type Share = KeyedTurn;

/// A tenant, or the server itself for `None`.
type Sharer = Option<TenantId>;

/// The shares of tenants that have transactions, or wait for one, that of the server's own work, and that of strangers:
/// of all who have not shown a valid credential. Clones share them.
#[derive(Clone)]
pub(crate) struct TenantShares {
    readers: Arc<KeyedSemaphore<Sharer>>,
    /// The same places as those of readers where one pool is for both.
    writers: Arc<KeyedSemaphore<Sharer>>,
    /// The places of strangers, who have one share together: somebody who can call from many addresses must not get more
    /// of the connections than a tenant.
    strangers: Arc<KeyedSemaphore<()>>,
    /// True if the server's own work takes places, whichever tenants' rows it is about.
    is_for_server: bool,
}

impl TenantShares {
    /// Lets a tenant have half of the connections of a pool, and strangers a quarter of them.
    pub(crate) fn of_pool(connections: usize) -> Self {
        let places = Arc::new(KeyedSemaphore::new(connections / 2));
        let strangers = Arc::new(KeyedSemaphore::new(connections / 4));
        Self { readers: Arc::clone(&places), writers: places, strangers, is_for_server: false }
    }

    /// Lets a tenant have half of the readers, and one place in the queue for the writer: those who wait for it get it
    /// tenant by tenant. Strangers have one place in the same queue.
    pub(crate) fn of_readers_and_a_writer(readers: usize) -> Self {
        let readers = Arc::new(KeyedSemaphore::new(readers / 2));
        Self { readers, writers: Arc::default(), strangers: Arc::default(), is_for_server: false }
    }

    /// Returns the same for the server's own work, which has one share for all tenants.
    pub(crate) fn for_server(&self) -> Self {
        Self { is_for_server: true, ..self.clone() }
    }

    /// Waits for a place of a tenant to read, or to change something.
    ///
    /// # Errors
    ///
    /// [`Error::ShareTaken`] if the transactions of the tenant, or of the server, take all places of the share for five
    /// seconds.
    pub(crate) async fn take(&self, tenant: &TenantId, changes: bool) -> Result<Share> {
        let places = if changes { &self.writers } else { &self.readers };
        let sharer = (!self.is_for_server).then(|| tenant.clone());
        let waiting = timeout(CONNECT_TIMEOUT, places.acquire(&sharer)).await;
        waiting.map_err(|_| Error::ShareTaken)
    }

    /// Waits for a place of the strangers, to change something.
    ///
    /// # Errors
    ///
    /// [`Error::StrangersShareTaken`] if other strangers take all places for five seconds.
    pub(crate) async fn take_for_stranger(&self) -> Result<Share> {
        let waiting = timeout(CONNECT_TIMEOUT, self.strangers.acquire(&())).await;
        waiting.map_err(|_| Error::StrangersShareTaken)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::sync::Mutex;

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
    }

    #[tokio::test(start_paused = true)]
    async fn reads_and_changes_have_one_share_where_they_have_one_pool() {
        let shares = TenantShares::of_pool(4);
        let busy = tenant("busy");
        let _read = shares.take(&busy, READ).await.unwrap();
        let _change = shares.take(&busy, CHANGE).await.unwrap();
        assert!(matches!(shares.take(&busy, READ).await, Err(Error::ShareTaken)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_of_the_server_does_not_wait_for_a_tenant_whose_share_is_taken() {
        let shares = TenantShares::of_readers_and_a_writer(2);
        let busy = tenant("busy");
        let server = shares.for_server();
        let _taken = (shares.take(&busy, READ).await, shares.take(&busy, CHANGE).await);
        for changes in [READ, CHANGE] {
            let own = server.take(&busy, changes).await.unwrap();
            let other = server.take(&tenant("other"), changes).await;
            assert!(matches!(other, Err(Error::ShareTaken)), "it has one share for all tenants");
            drop(own);
        }
    }

    /// The writer serves those who wait in the order in which they came, as the pool of its one connection does.
    #[tokio::test(start_paused = true)]
    async fn a_change_of_a_tenant_waits_for_at_most_one_of_many_strangers() {
        let shares = TenantShares::of_readers_and_a_writer(4);
        let writer = Mutex::new(Vec::new());
        let change = async |name: &'static str| {
            let mut served = writer.lock().await;
            served.push(name);
            // The next ones come to the queue meanwhile.
            tokio::task::yield_now().await;
        };
        let stranger = async || {
            let _share = shares.take_for_stranger().await.unwrap();
            change("a stranger").await;
        };
        let change_of_tenant = async {
            let _share = shares.take(&tenant("busy"), CHANGE).await.unwrap();
            change("the tenant").await;
        };
        tokio::join!(join_all((0..50).map(|_| stranger())), change_of_tenant);
        let served = writer.into_inner();
        assert_eq!(served.len(), 51);
        assert!(served[..2].contains(&"the tenant"), "{served:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_have_a_quarter_of_a_pool_and_tenants_theirs() {
        let shares = TenantShares::of_pool(8);
        let _taken = (shares.take_for_stranger().await, shares.take_for_stranger().await);
        let third = shares.take_for_stranger().await;
        assert!(matches!(third, Err(Error::StrangersShareTaken)));
        for changes in [READ, CHANGE] {
            assert!(shares.take(&tenant("busy"), changes).await.is_ok());
        }
    }
}
