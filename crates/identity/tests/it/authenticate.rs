//! Callers: told apart, cached for a second, and not for longer.

use std::time::{Duration, Instant};

use covibe_domain::entities::{KeyScope, ProvisionStatus};
use covibe_domain::{Actor, Kind, Timestamp};
use covibe_identity::{Identity, MINTED_A_DAY};
use covibe_store::Store;
use covibe_testkit_postgres::Postgres;
use covibe_testkit_postgres::Relay;

use crate::fixture::*;

on_both!(
    authentication_returns_a_workspace_as_ready_at_once,
    a_ready_workspace_is_cached_until_it_is_forgotten,
    all_refusals_read_the_same_and_known_keys_are_identified_for_the_audit,
    a_revoked_key_stops_working_on_every_instance,
);

async fn authentication_returns_a_workspace_as_ready_at_once(fixture: Fixture) {
    let key = fixture.key(KeyScope::Workspace, None).await;
    for status in [ProvisionStatus::Pending, ProvisionStatus::Partial, ProvisionStatus::Failed] {
        fixture.set(status).await;
        let caller = fixture.call(&key.token).await.unwrap();
        assert_eq!(caller.workspace.provision_status, status);
        assert_eq!(caller.principal.slug, caller.workspace.slug);
    }
    fixture.set(ProvisionStatus::Ready).await;
    let caller = fixture.call(&key.token).await.unwrap();
    assert_eq!(caller.workspace.provision_status, ProvisionStatus::Ready);
}

async fn a_ready_workspace_is_cached_until_it_is_forgotten(fixture: Fixture) {
    let key = fixture.key(KeyScope::Workspace, None).await;
    let id = record(ProvisionStatus::Ready).id;
    let status = async || fixture.call(&key.token).await.unwrap().workspace.provision_status;
    fixture.set(ProvisionStatus::Ready).await;
    let begun = Instant::now();
    assert_eq!(status().await, ProvisionStatus::Ready);
    fixture.set(ProvisionStatus::Partial).await;
    let remembered = status().await;
    // A machine that was busy for a second has forgotten it by then.
    let lately = begun.elapsed() < Duration::from_secs(1);
    assert!(remembered == ProvisionStatus::Ready || !lately);
    fixture.identity.forget_workspace(&"ws_other".parse().unwrap());
    fixture.identity.forget_workspace(&id);
    assert_eq!(status().await, ProvisionStatus::Partial);
}

async fn all_refusals_read_the_same_and_known_keys_are_identified_for_the_audit(fixture: Fixture) {
    let expired = fixture.key(KeyScope::Tenant, Some(Timestamp::from_millis(1))).await;
    let revoked = fixture.key(KeyScope::Workspace, None).await;
    let caller = fixture.call(&revoked.token).await.unwrap();
    fixture.identity.revoke(&caller.principal, &revoked.key.id).await.unwrap();
    for (key, scope) in [(&expired, KeyScope::Tenant), (&revoked, KeyScope::Workspace)] {
        let of = fixture.call(&key.token).await.unwrap_err().of.unwrap();
        assert_eq!(
            (of.tenant, of.actor, of.scope),
            (tenant(), Actor::Key(key.key.id.clone()), scope)
        );
        assert_eq!((of.workspace, of.slug), (caller.workspace.id.clone(), "acme".parse().unwrap()));
    }
    let known = fixture.call(&revoked.token).await.unwrap_err().failure;
    assert_eq!(known.kind, Kind::Unauthenticated);
    assert_eq!(fixture.call(&expired.token).await.unwrap_err().failure, known);
    let unknown = format!("{}x", header(&revoked.token));
    for header in [None, Some(""), Some("Basic abc"), Some("Bearer vibn_sk_x"), Some(&unknown)] {
        let refusal = fixture.identity.authenticate(header).await.unwrap_err();
        assert_eq!((refusal.failure, refusal.of), (known.clone(), None), "{header:?}");
    }
}

async fn a_revoked_key_stops_working_on_every_instance(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let key = fixture.key(KeyScope::Workspace, None).await;
    let other = Identity::new(fixture.store.clone(), MINTED_A_DAY, &keys());
    let header = header(&key.token);
    let caller = other.authenticate(Some(&header)).await.unwrap();
    fixture.call(&key.token).await.unwrap();
    fixture.identity.revoke(&caller.principal, &key.key.id).await.unwrap();
    assert!(fixture.call(&key.token).await.is_err(), "at once here");
    let revoked = Instant::now();
    loop {
        // Only a call that begins within two seconds may succeed, however long it takes.
        let begun = revoked.elapsed();
        if other.authenticate(Some(&header)).await.is_err() {
            break;
        }
        assert!(begun < Duration::from_secs(2), "it still works elsewhere");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_database_without_an_answer_is_unready_within_seconds() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let relay = Relay::start(&database.runtime_url);
    let store = Store::postgres(&relay.url(&database.runtime_url)).await.unwrap();
    let identity = Identity::new(store, MINTED_A_DAY, &keys());
    relay.go_silent();
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let refusal = identity.authenticate(Some("Bearer vibn_sk_unknown")).await.unwrap_err();
    assert_eq!(refusal.failure.kind, Kind::Unready);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}
