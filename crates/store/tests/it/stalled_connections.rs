//! Connections that go silent, and rows that others hold: nothing waits for ever.

use std::time::Duration;

use covibe_store::{Error, Store};
use covibe_testkit_postgres::Relay;
use covibe_testkit_postgres::{Database, Postgres};
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::fixture::{entry, fill, raw_postgres, tenant, workspace};

/// A time limit that only ends a test that hangs.
const SOON: Duration = Duration::from_secs(20);

/// The time after which an unused connection is tried before its next use, and a bit.
const UNTRIED: Duration = Duration::from_millis(1_100);

/// A database with the tenants, a relay in front of it and a store that connects through that.
async fn relayed_store() -> Option<(Database, Relay, Store)> {
    let database = Postgres::shared()?.database();
    let relay = Relay::start(&database.runtime_url);
    let store = Store::postgres(&relay.url(&database.runtime_url)).await.unwrap();
    fill(&store, "acme", 1).await;
    fill(&store, "beta", 2).await;
    Some((database, relay, store))
}

async fn reads(store: &Store) -> Result<(), Error> {
    let mut tx = store.tenant_read(&tenant("acme")).await?;
    tx.steps(&workspace("acme")).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_statement_without_an_answer_fails_as_unavailable() {
    let Some((_database, relay, store)) = relayed_store().await else { return };
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    relay.go_silent();
    tokio::time::pause();
    let error = tx.steps(&workspace("acme")).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn an_append_without_an_answer_fails_and_can_be_repeated() {
    let Some((_database, relay, store)) = relayed_store().await else { return };
    store.append_audit(&[entry("acme", 1)]).await.unwrap();
    relay.go_silent();
    tokio::time::pause();
    let entries = [entry("acme", 2), entry("acme", 3)];
    let error = store.append_audit(&entries).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    tokio::time::resume();
    relay.speak_again();
    // There is another connection, which is silent too.
    tokio::time::sleep(UNTRIED).await;
    timeout(SOON, store.append_audit(&entries)).await.unwrap().unwrap();
    let found = store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((found.entries, found.problem), (3, None));
}

/// Connections that died unnoticed.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_that_went_silent_are_replaced() {
    let Some((_database, relay, store)) = relayed_store().await else { return };
    let acme = tenant("acme");
    let open = join_all((0..4).map(|_| store.tenant_read(&acme))).await;
    for tx in open {
        tx.unwrap().commit().await.unwrap();
    }
    relay.go_silent();
    relay.speak_again();
    tokio::time::sleep(UNTRIED).await;
    let all = join_all((0..8).map(|_| reads(&store)));
    for result in timeout(SOON, all).await.unwrap() {
        result.unwrap();
    }
}

#[tokio::test]
async fn a_locked_audit_head_of_one_tenant_does_not_delay_another() {
    let Some((database, _relay, store)) = relayed_store().await else { return };
    store.append_audit(&[entry("acme", 1), entry("beta", 1)]).await.unwrap();
    let (holder, connection) =
        tokio_postgres::connect(database.superuser_url.expose(), tokio_postgres::NoTls)
            .await
            .unwrap();
    tokio::spawn(connection);
    let lock = "BEGIN; SELECT FROM audit_heads WHERE tenant_id = 'ten_acme' FOR UPDATE";
    holder.batch_execute(lock).await.unwrap();
    let other = store.clone();
    let acme = tokio::spawn(async move { other.append_audit(&[entry("acme", 2)]).await });
    for number in 2..20 {
        store.append_audit(&[entry("beta", number)]).await.unwrap();
    }
    let refused = timeout(SOON, acme).await.unwrap().unwrap();
    assert!(matches!(refused, Err(Error::HeldChain)), "{refused:?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    store.append_audit(&[entry("acme", 2)]).await.unwrap();
    for (name, entries) in [("acme", 2), ("beta", 19)] {
        let found = store.verify_audit(&tenant(name)).await.unwrap();
        assert_eq!((found.entries, found.problem), (entries, None));
    }
}

/// Others meanwhile use the rest of the connections; the pool gives out first the one that was used last.
#[tokio::test]
async fn appends_use_one_session_while_one_is_enough() {
    let Some((database, _relay, store)) = relayed_store().await else { return };
    let sessions = "SELECT pid::text FROM pg_stat_activity \
                    WHERE datname = current_database() AND query LIKE 'SELECT append_audit%'";
    let append = async |number| {
        store.append_audit(&[entry("acme", number)]).await.unwrap();
        raw_postgres(&database.superuser_url, sessions).await.unwrap()
    };
    let first = append(2).await;
    let mut other = store.tenant_read(&tenant("acme")).await.unwrap();
    other.steps(&workspace("acme")).await.unwrap();
    let second = append(3).await;
    other.commit().await.unwrap();
    assert_eq!((first.len(), second), (1, first.clone()));
    let [load] = store.load()[..] else { panic!("one pool") };
    assert_eq!(load.in_use, 0, "it can be had: {load:?}");
}

#[tokio::test]
async fn the_connection_kept_for_appends_is_released_to_a_full_pool() {
    let Some((_database, _relay, store)) = relayed_store().await else { return };
    store.append_audit(&[entry("acme", 2)]).await.unwrap();
    let mut all = Vec::new();
    for number in 0..16 {
        // A tenant has half of the connections at most.
        let tenant = tenant(["acme", "other"][number % 2]);
        all.push(timeout(SOON / 8, store.tenant_read(&tenant)).await.unwrap().unwrap());
    }
    let [load] = store.load()[..] else { panic!("one pool") };
    assert_eq!((load.in_use, load.max), (16, 16));
    drop(all);
    store.append_audit(&[entry("acme", 3)]).await.unwrap();
}
