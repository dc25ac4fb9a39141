//! The shares of tenants, people and strangers in the connections of a server: nobody takes all of them.

use std::sync::Arc;

use covibe_domain::{KeyedSemaphore, KeyedTurn, TenantId, UserId};
use tokio::time::timeout;

use crate::error::{CONNECT_TIMEOUT, Error, Result};

/// The owner of the share that a transaction takes. Whoever can cause changes has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareOf<'a> {
    /// A tenant.
    Tenant(&'a TenantId),
    /// A person who has shown a valid credential, for what they have apart from their tenants. The changes of one person
    /// take turns, and all people together have one share: somebody who has many accounts must not get more of the
    /// connections than a tenant.
    Person(&'a UserId),
    /// All who have not shown a valid credential, together: somebody who can call from many addresses must not get more
    /// of the connections than a tenant.
    Strangers,
}

/// The places of a transaction in the shares, until it is dropped.
pub(crate) struct Share {
    _place: KeyedTurn,
    /// The turn among the changes of a person.
    _turn: Option<KeyedTurn>,
}

/// A tenant, or the server itself for `None`.
type Sharer = Option<TenantId>;

/// Many who have one share together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Group {
    People,
    Strangers,
}

/// The shares of tenants that have transactions, or wait for one, that of the server's own work, that of people and that
/// of strangers. Clones share them.
#[derive(Clone)]
pub(crate) struct Shares {
    readers: Arc<KeyedSemaphore<Sharer>>,
    /// The same places as those of readers where one pool is for both.
    writers: Arc<KeyedSemaphore<Sharer>>,
    groups: Arc<KeyedSemaphore<Group>>,
    people: Arc<KeyedSemaphore<UserId>>,
    /// True if the server's own work takes places, whoever it is about.
    is_for_server: bool,
}

impl Shares {
    /// Lets a tenant have half of the connections of a pool, and all people, and all strangers, a quarter of them each.
    pub(crate) fn of_pool(connections: usize) -> Self {
        let places = Arc::new(KeyedSemaphore::new(connections / 2));
        Self {
            readers: Arc::clone(&places),
            writers: places,
            groups: Arc::new(KeyedSemaphore::new(connections / 4)),
            people: Arc::default(),
            is_for_server: false,
        }
    }

    /// Lets a tenant have half of the readers, and one place in the queue for the writer: those who wait for it get it
    /// tenant by tenant. People, and strangers, have one place each in the same queue.
    pub(crate) fn of_readers_and_a_writer(readers: usize) -> Self {
        Self {
            readers: Arc::new(KeyedSemaphore::new(readers / 2)),
            writers: Arc::default(),
            groups: Arc::default(),
            people: Arc::default(),
            is_for_server: false,
        }
    }

    /// Returns the same for the server's own work, which has one share for all tenants and people.
    pub(crate) fn for_server(&self) -> Self {
        Self { is_for_server: true, ..self.clone() }
    }

    /// Waits for a place to read, or to change something.
    ///
    /// # Errors
    ///
    /// [`Error::ShareTaken`], [`Error::PeoplesShareTaken`] or [`Error::StrangersShareTaken`] if the others with the same
    /// share, or the server's own work, take all of its places for five seconds.
    pub(crate) async fn take(&self, of: ShareOf<'_>, changes: bool) -> Result<Share> {
        let taken = timeout(CONNECT_TIMEOUT, self.acquire(of, changes)).await;
        taken.map_err(|_| match of {
            ShareOf::Tenant(_) => Error::ShareTaken,
            ShareOf::Person(_) => Error::PeoplesShareTaken,
            ShareOf::Strangers => Error::StrangersShareTaken,
        })
    }

    async fn acquire(&self, of: ShareOf<'_>, changes: bool) -> Share {
        let places = if changes { &self.writers } else { &self.readers };
        let (place, turn) = match of {
            _ if self.is_for_server => (places.acquire(&None).await, None),
            ShareOf::Tenant(tenant) => (places.acquire(&Some(tenant.clone())).await, None),
            ShareOf::Person(user) => {
                let turn = self.people.acquire(user).await;
                (self.groups.acquire(&Group::People).await, Some(turn))
            }
            ShareOf::Strangers => (self.groups.acquire(&Group::Strangers).await, None),
        };
        Share { _place: place, _turn: turn }
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
        let shares = Shares::of_readers_and_a_writer(4);
        let (busy, other) = (tenant("busy"), tenant("other"));
        let mut taken = Vec::new();
        for changes in [READ, READ, CHANGE] {
            taken.push(shares.take(ShareOf::Tenant(&busy), changes).await.unwrap());
        }
        for changes in [READ, CHANGE] {
            assert!(matches!(
                shares.take(ShareOf::Tenant(&busy), changes).await,
                Err(Error::ShareTaken)
            ));
            assert!(shares.take(ShareOf::Tenant(&other), changes).await.is_ok());
        }
        let (next, ()) = tokio::join!(shares.take(ShareOf::Tenant(&busy), READ), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(taken.remove(0));
        });
        assert!(next.is_ok());
        drop((taken, next));
        for next in [other, tenant("third")] {
            assert!(shares.take(ShareOf::Tenant(&next), READ).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reads_and_changes_have_one_share_where_they_have_one_pool() {
        let shares = Shares::of_pool(4);
        let busy = tenant("busy");
        let _read = shares.take(ShareOf::Tenant(&busy), READ).await.unwrap();
        let _change = shares.take(ShareOf::Tenant(&busy), CHANGE).await.unwrap();
        assert!(matches!(shares.take(ShareOf::Tenant(&busy), READ).await, Err(Error::ShareTaken)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_of_the_server_does_not_wait_for_a_tenant_whose_share_is_taken() {
        let shares = Shares::of_readers_and_a_writer(2);
        let busy = tenant("busy");
        let server = shares.for_server();
        let _taken = (
            shares.take(ShareOf::Tenant(&busy), READ).await,
            shares.take(ShareOf::Tenant(&busy), CHANGE).await,
        );
        for changes in [READ, CHANGE] {
            let own = server.take(ShareOf::Tenant(&busy), changes).await.unwrap();
            let other = server.take(ShareOf::Tenant(&tenant("other")), changes).await;
            assert!(matches!(other, Err(Error::ShareTaken)), "it has one share for all tenants");
            drop(own);
        }
    }

    fn person(number: usize) -> UserId {
        format!("usr_mark{number}").parse().unwrap()
    }

    /// Lets these and then another one change something, and returns the place of the other one. The writer serves those
    /// who wait in the order in which they came, as the pool of its one connection does.
    async fn place_behind(others: &[ShareOf<'_>], last: ShareOf<'_>) -> usize {
        let shares = Shares::of_readers_and_a_writer(4);
        let writer = Mutex::new(Vec::new());
        let change = async |of: ShareOf<'_>, is_last: bool| {
            let _share = shares.take(of, CHANGE).await.unwrap();
            let mut served = writer.lock().await;
            served.push(is_last);
            // The next ones come to the queue meanwhile.
            tokio::task::yield_now().await;
        };
        tokio::join!(join_all(others.iter().map(|of| change(*of, false))), change(last, true));
        let served = writer.into_inner();
        assert_eq!(served.len(), others.len() + 1);
        served.iter().position(|is_last| *is_last).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_a_tenant_waits_for_at_most_one_of_many_strangers_or_people() {
        let (tenant, ids): (_, Vec<_>) = (tenant("busy"), (0..50).map(person).collect());
        let people: Vec<_> = ids.iter().map(ShareOf::Person).collect();
        for others in [&[ShareOf::Strangers; 50][..], &[ShareOf::Person(&ids[0]); 50], &people] {
            assert!(place_behind(others, ShareOf::Tenant(&tenant)).await <= 1, "{:?}", others[0]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_a_person_waits_for_at_most_one_of_another_person_or_tenant() {
        let (tenant, one, other) = (tenant("busy"), person(1), person(2));
        for others in [[ShareOf::Person(&one); 50], [ShareOf::Tenant(&tenant); 50]] {
            let place = place_behind(&others, ShareOf::Person(&other)).await;
            assert!(place <= 1, "{:?}: {place}", others[0]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn people_have_a_quarter_of_a_pool_and_each_of_them_one_place_there() {
        let shares = Shares::of_pool(8);
        let (one, other, third) = (person(1), person(2), person(3));
        let of = |user| shares.take(ShareOf::Person(user), CHANGE);
        let first = of(&one).await.unwrap();
        assert!(matches!(of(&one).await, Err(Error::PeoplesShareTaken)));
        let _second = of(&other).await.unwrap();
        assert!(matches!(of(&third).await, Err(Error::PeoplesShareTaken)));
        drop(first);
        assert!(of(&third).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn work_of_the_server_for_people_has_no_share_of_theirs() {
        let shares = Shares::of_readers_and_a_writer(2);
        let user = person(1);
        let _taken = shares.take(ShareOf::Person(&user), CHANGE).await.unwrap();
        assert!(shares.for_server().take(ShareOf::Person(&user), CHANGE).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_have_a_quarter_of_a_pool_and_tenants_theirs() {
        let shares = Shares::of_pool(8);
        let _taken = (
            shares.take(ShareOf::Strangers, CHANGE).await,
            shares.take(ShareOf::Strangers, CHANGE).await,
        );
        let third = shares.take(ShareOf::Strangers, CHANGE).await;
        assert!(matches!(third, Err(Error::StrangersShareTaken)));
        for changes in [READ, CHANGE] {
            assert!(shares.take(ShareOf::Tenant(&tenant("busy")), changes).await.is_ok());
        }
    }
}
