//! COMMITs whose connection is lost, and sessions that stay read-only.

use std::collections::BTreeSet;
use std::time::Duration;

use covibe_store::{Error, Store};
use covibe_testkit_postgres::{Database, Postgres};
use covibe_testkit_postgres::{Loss, Relay};
use tokio::time::timeout;

use crate::fixture::{fill, raw_postgres, step, tenant, workspace};

/// A time limit that only ends a test that hangs.
const SOON: Duration = Duration::from_secs(20);

/// A database with a tenant, a relay in front of it and a store that connects through that.
async fn relayed_store() -> Option<(Database, Relay, Store)> {
    let database = Postgres::shared()?.database();
    let relay = Relay::start(&database.runtime_url);
    let store = Store::postgres(&relay.url(&database.runtime_url)).await.unwrap();
    fill(&store, "acme", 1).await;
    Some((database, relay, store))
}

/// Writes a step in a transaction.
async fn write(store: &Store, name: &str) -> Result<(), Error> {
    let mut tx = store.tenant(&tenant("acme")).await?;
    tx.put_step(&workspace("acme"), &step(name, 6)).await?;
    timeout(SOON, tx.commit()).await.expect("an end")
}

/// Returns whether there is such a step, by a connection that leads past the relay.
async fn is_written(database: &Database, name: &str) -> bool {
    let select = format!("SELECT name FROM provision_steps WHERE name = '{name}'");
    !raw_postgres(&database.superuser_url, &select).await.unwrap().is_empty()
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_succeeds() {
    let Some((database, relay, store)) = relayed_store().await else { return };
    for number in 0..20 {
        relay.lose([Some(Loss::Answer)]);
        let name = format!("made_{number}");
        write(&store, &name).await.unwrap();
        assert!(is_written(&database, &name).await);
    }
    assert_eq!(relay.lost_commits(), 20);
}

#[tokio::test]
async fn a_lost_commit_changes_nothing_and_is_reported_as_unavailable() {
    let Some((database, relay, store)) = relayed_store().await else { return };
    for number in 0..20 {
        relay.lose([Some(Loss::Commit)]);
        let name = format!("lost_{number}");
        let error = write(&store, &name).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        assert!(!is_written(&database, &name).await);
        write(&store, &name).await.unwrap();
        assert!(is_written(&database, &name).await);
    }
    assert_eq!(relay.lost_commits(), 20);
}

/// The number of COMMITs that are lost; `COVIBE_LOST_COMMITS` asks for others.
fn number_of_lost() -> usize {
    let asked = std::env::var("COVIBE_LOST_COMMITS").map(|it| it.parse().expect("a number"));
    asked.unwrap_or(40)
}

/// Both losses in turn.
#[tokio::test]
async fn the_result_of_a_lost_commit_matches_the_database() {
    let Some((database, relay, store)) = relayed_store().await else { return };
    let (number, mut made) = (number_of_lost(), BTreeSet::new());
    for at in 0..number {
        let loss = if at % 2 == 0 { Loss::Answer } else { Loss::Commit };
        relay.lose([Some(loss)]);
        let name = format!("step_{at}");
        match write(&store, &name).await {
            Ok(()) => assert!(made.insert(name)),
            Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error}"),
        }
    }
    let select = "SELECT name FROM provision_steps WHERE name LIKE 'step_%'";
    let written = raw_postgres(&database.superuser_url, select).await.unwrap();
    assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), made);
    assert_eq!((relay.lost_commits(), made.len()), (number, number.div_ceil(2)));
}

#[tokio::test]
async fn a_commit_is_reported_unknown_if_the_database_does_not_answer_any_more() {
    let Some((database, relay, store)) = relayed_store().await else { return };
    relay.lose([Some(Loss::Server)]);
    let error = write(&store, "made").await.unwrap_err();
    assert!(matches!(error, Error::CommitUnknown(_)), "{error}");
    assert!(is_written(&database, "made").await);
}

#[tokio::test]
async fn sessions_of_a_read_only_database_are_replaced() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let name = raw_postgres(&database.superuser_url, "SELECT current_database()").await.unwrap();
    let set = async |value: &str| {
        let sql = format!(
            "SET transaction_read_only = off; ALTER DATABASE {} SET default_transaction_read_only = {value}",
            name[0]
        );
        raw_postgres(&database.superuser_url, &sql).await.unwrap();
    };
    let before = Store::postgres(&database.runtime_url).await.unwrap();
    fill(&before, "acme", 1).await;
    set("on").await;
    let store = Store::postgres(&database.runtime_url).await.unwrap();
    assert!(write(&store, "refused").await.is_err());
    assert!(store.append_audit(&[crate::fixture::entry("acme", 1)]).await.is_err());
    set("off").await;
    for number in 0..4 {
        // A connection is opened for each that was closed; another one may be left.
        let _stuck = write(&store, &format!("again_{number}")).await;
    }
    write(&store, "written").await.unwrap();
    store.append_audit(&[crate::fixture::entry("acme", 1)]).await.unwrap();
    assert!(is_written(&database, "written").await);
}
