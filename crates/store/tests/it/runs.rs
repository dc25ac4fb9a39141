//! Runs of a set-up: one at a time, taken over when their holder is gone.

use covibe_store::ProvisionRun;
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    of_many_who_begin_one_succeeds,
    a_lease_keeps_others_out_until_it_passes,
    a_lease_further_ahead_than_any_lasts_is_none,
    a_run_that_ended_is_replaced,
    a_repeated_end_changes_nothing,
);

async fn begin(fixture: &Fixture, id: &str, lease: i64, now: i64) -> bool {
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let begun = tx.begin_provision_run(&run("acme", id, lease), at(now)).await.unwrap();
    tx.commit().await.unwrap();
    begun
}

async fn latest(fixture: &Fixture) -> ProvisionRun {
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let latest = tx.provision_run(&workspace("acme")).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    latest
}

async fn of_many_who_begin_one_succeeds(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let stores = [fixture.store.clone(), fixture.another().await];
    let begin = async |number: usize| {
        let id = format!("run_{number}");
        let mut tx = stores[number % 2].tenant(&tenant("acme")).await.unwrap();
        let begun = tx.begin_provision_run(&run("acme", &id, 900), at(100)).await.unwrap();
        tx.commit().await.unwrap();
        begun.then_some(id)
    };
    let winners: Vec<_> = join_all((0..20).map(begin)).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(latest(&fixture).await.id, winners[0]);
}

/// It was written while the clock was wrong.
async fn a_lease_further_ahead_than_any_lasts_is_none(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let (now, year) = (covibe_domain::Timestamp::now().as_millis(), 365 * 24 * 3_600_000);
    assert!(begin(&fixture, "run_1", now + year, now + year).await);
    assert_eq!(latest(&fixture).await.lease_until, at(0));
    assert!(begin(&fixture, "run_2", now + 900, now).await);
    assert_eq!(latest(&fixture).await.lease_until, at(now + 900));
    assert!(!begin(&fixture, "run_3", now + 900, now).await);
}

async fn a_lease_keeps_others_out_until_it_passes(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    assert!(!begin(&fixture, "second", 300, 99).await);
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.renew_provision_run(&workspace("acme"), "first", at(200)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(!begin(&fixture, "second", 300, 199).await);
    assert!(begin(&fixture, "second", 300, 200).await);
    let own = workspace("acme");
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(!tx.renew_provision_run(&own, "first", at(900)).await.unwrap());
    assert!(!tx.end_provision_run(&own, "first", at(210), Some("ready")).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(latest(&fixture).await, run("acme", "second", 300));
}

async fn a_run_that_ended_is_replaced(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let own = workspace("acme");
    assert!(tx.end_provision_run(&own, "first", at(70), Some("ready")).await.unwrap());
    assert!(!tx.renew_provision_run(&own, "first", at(900)).await.unwrap());
    tx.commit().await.unwrap();
    let ended = latest(&fixture).await;
    assert_eq!((ended.ended_at, ended.outcome.as_deref()), (Some(at(70)), Some("ready")));
    assert!(begin(&fixture, "second", 300, 80).await);
    assert_eq!(latest(&fixture).await, run("acme", "second", 300));
}

async fn a_repeated_end_changes_nothing(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let own = workspace("acme");
    assert!(tx.end_provision_run(&own, "first", at(70), None).await.unwrap());
    assert!(!tx.end_provision_run(&own, "first", at(90), Some("failed")).await.unwrap());
    tx.commit().await.unwrap();
    let ended = latest(&fixture).await;
    assert_eq!((ended.ended_at, ended.outcome), (Some(at(70)), None));
}
