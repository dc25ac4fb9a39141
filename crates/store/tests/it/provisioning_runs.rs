//! Runs of a set-up: one at a time, taken over when their holder is gone.

use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_store::{ProvisionRun, Store};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    exactly_one_of_concurrent_runs_begins,
    a_lease_keeps_others_out_until_it_passes,
    a_lease_further_ahead_than_the_longest_one_counts_as_ended,
    a_lease_is_measured_by_the_clock_of_the_database,
    a_run_that_ended_is_replaced,
    a_repeated_end_of_a_run_changes_nothing,
);

async fn begin_run(store: &Store, id: &str, lease: Duration) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let begun = tx.begin_provision_run(&run("acme", id), lease).await.unwrap();
    tx.commit().await.unwrap();
    assert!(begun.as_ref().is_none_or(|begun| begun.id == id && begun.lease_left == lease));
    begun.is_some()
}

async fn renew(store: &Store, id: &str, lease: Duration) -> bool {
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let renewed = tx.renew_provision_run(&workspace("acme"), id, lease).await.unwrap().is_some();
    tx.commit().await.unwrap();
    renewed
}

async fn seen_by(store: &Store) -> ProvisionRun {
    let mut tx = store.tenant_read(&tenant("acme")).await.unwrap();
    let latest = tx.provision_run(&workspace("acme")).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    latest
}

async fn latest(fixture: &Fixture) -> ProvisionRun {
    seen_by(&fixture.store).await
}

async fn exactly_one_of_concurrent_runs_begins(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    assert!(renew(&fixture.store, "first", Duration::ZERO).await);
    let stores = [fixture.store.clone(), fixture.another().await];
    let begin = async |number: usize| {
        let id = format!("run_{number}");
        begin_run(&stores[number % 2], &id, MINUTE).await.then_some(id)
    };
    let winners: Vec<_> = join_all((0..20).map(begin)).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(latest(&fixture).await.id, winners[0]);
}

/// It was written while a clock was wrong.
async fn a_lease_further_ahead_than_the_longest_one_counts_as_ended(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let year = Duration::from_hours(365 * 24);
    assert!(renew(&fixture.store, "first", year).await);
    let wrong = latest(&fixture).await;
    assert_eq!((wrong.lease_until, wrong.is_in_progress()), (at(0), false));
    assert!(begin_run(&fixture.store, "second", MINUTE).await);
    assert!(latest(&fixture).await.is_in_progress());
    assert!(!begin_run(&fixture.store, "third", MINUTE).await);
}

/// Instances whose clocks differ agree on who has a lease, because none of them uses its own.
async fn a_lease_is_measured_by_the_clock_of_the_database(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    for hours in [1, -1] {
        let ahead = set_clock(&fixture, hours).await;
        let stores = [fixture.another().await, fixture.another().await];
        let mut tx = stores[0].tenant_read(&tenant("acme")).await.unwrap();
        let differs = tx.now().await.unwrap().as_millis() - Timestamp::now().as_millis();
        tx.commit().await.unwrap();
        assert!((differs - ahead).abs() < 60_000, "{differs} {ahead}");
        // The first lease was taken before the clock changed.
        let present = latest(&fixture).await.id;
        assert!(renew(&stores[0], &present, MINUTE).await);
        let next = format!("run_{hours}");
        assert!(!begin_run(&stores[1], &next, MINUTE).await, "nobody steals it");
        let seen = seen_by(&stores[1]).await;
        assert!(seen.is_in_progress() && seen.lease_left <= MINUTE, "{seen:?}");
        assert!(renew(&stores[0], &present, Duration::ZERO).await);
        assert!(!seen_by(&stores[1]).await.is_in_progress());
        assert!(begin_run(&stores[1], &next, MINUTE).await, "nobody holds it");
    }
}

/// Sets the clock of PostgreSQL this many hours ahead of that of the test, for sessions that begin now.
/// Returns by how many milliseconds it is ahead; that of SQLite is the machine's.
async fn set_clock(fixture: &Fixture, hours: i64) -> i64 {
    let TestDatabase::Postgres(database) = &fixture.database else { return 0 };
    let name = raw_postgres(&database.superuser_url, "SELECT current_database()").await.unwrap();
    let clock = format!(
        "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
         AS $$ SELECT pg_catalog.clock_timestamp() + interval '{hours} hours' $$;
         ALTER DATABASE \"{}\" SET search_path = public, pg_catalog",
        name[0]
    );
    raw_postgres(&database.superuser_url, &clock).await.map(drop).unwrap();
    hours * 3_600_000
}

async fn a_lease_keeps_others_out_until_it_passes(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    assert!(!begin_run(&fixture.store, "second", MINUTE).await);
    assert!(renew(&fixture.store, "first", MINUTE).await);
    assert!(!begin_run(&fixture.store, "second", MINUTE).await);
    assert!(renew(&fixture.store, "first", Duration::ZERO).await);
    assert!(begin_run(&fixture.store, "second", MINUTE).await);
    assert!(!renew(&fixture.store, "first", MINUTE).await);
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(!tx.end_provision_run(&own, "first", at(210), Some("ready")).await.unwrap());
    tx.commit().await.unwrap();
    let second = latest(&fixture).await;
    assert_eq!((second.id.as_str(), second.ended_at), ("second", None));
}

async fn a_run_that_ended_is_replaced(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let own = workspace("acme");
    assert!(tx.end_provision_run(&own, "first", at(70), Some("ready")).await.unwrap());
    assert_eq!(tx.renew_provision_run(&own, "first", MINUTE).await.unwrap(), None);
    tx.commit().await.unwrap();
    let ended = latest(&fixture).await;
    assert_eq!((ended.ended_at, ended.outcome.as_deref()), (Some(at(70)), Some("ready")));
    assert!(!ended.is_in_progress());
    assert!(begin_run(&fixture.store, "second", MINUTE).await);
    let second = latest(&fixture).await;
    assert_eq!((second.id.as_str(), second.ended_at, second.outcome), ("second", None, None));
}

async fn a_repeated_end_of_a_run_changes_nothing(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let own = workspace("acme");
    assert!(tx.end_provision_run(&own, "first", at(70), None).await.unwrap());
    assert!(!tx.end_provision_run(&own, "first", at(90), Some("failed")).await.unwrap());
    tx.commit().await.unwrap();
    let ended = latest(&fixture).await;
    assert_eq!((ended.ended_at, ended.outcome), (Some(at(70)), None));
}
