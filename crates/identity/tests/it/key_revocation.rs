//! A revocation of a key ends the keys that were minted with it, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use covibe_crypto::mint_key;
use covibe_domain::entities::{KeyAccess, KeyScope, ProvisionStatus, Role};
use covibe_domain::{Actor, KeyId, Kind};
use covibe_identity::{BrowserOrigin, Expiry, Identity, KeyRequest, MINTED_A_DAY, NewApiKey};
use covibe_policy::Principal;
use covibe_store::{NewKey, RevokedKey, WorkspaceRecord};

use crate::devices::{person, principal};
use crate::fixture::*;

on_both!(
    a_revocation_ends_the_keys_that_were_minted_with_the_key,
    a_revocation_reaches_the_keys_of_other_workspaces,
    a_key_that_revokes_itself_ends_its_descendants,
    a_descendant_that_revokes_a_key_ends_with_it,
    a_revocation_waits_for_a_mint_and_ends_the_new_key,
    a_descendant_stops_working_on_other_instances_within_two_seconds,
    keys_are_listed_with_their_minters,
);

fn wanted(name: &str, scope: KeyScope) -> KeyRequest {
    let name = Some(name.to_owned());
    KeyRequest { name, scope, expiry: Expiry::Never, ..KeyRequest::default() }
}

/// A key that this one mints.
async fn child(fixture: &Fixture, of: &NewApiKey, name: &str, scope: KeyScope) -> NewApiKey {
    let by = fixture.call(&of.token).await.unwrap().principal;
    fixture.identity.mint(&by, wanted(name, scope)).await.unwrap()
}

/// A key of scope `tenant`, one that it mints, and one that the latter mints.
async fn chain(fixture: &Fixture) -> [NewApiKey; 3] {
    let leaked = fixture.key(KeyScope::Tenant, None).await;
    let second = child(fixture, &leaked, "second", KeyScope::Tenant).await;
    let third = child(fixture, &second, "third", KeyScope::Workspace).await;
    [leaked, second, third]
}

async fn is_valid(fixture: &Fixture, key: &NewApiKey) -> bool {
    fixture.call(&key.token).await.is_ok()
}

fn ids(of: &[RevokedKey]) -> Vec<KeyId> {
    let mut ids: Vec<_> = of.iter().map(|key| key.id.clone()).collect();
    ids.sort();
    ids
}

fn sorted<const N: usize>(keys: [&NewApiKey; N]) -> Vec<KeyId> {
    let mut ids = keys.map(|key| key.key.id.clone());
    ids.sort();
    ids.to_vec()
}

async fn a_revocation_ends_the_keys_that_were_minted_with_the_key(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let ada = person(&fixture, "ada", Role::Admin).await;
    let session = fixture.identity.start_session(&ada, BrowserOrigin::default(), None).await;
    let session = session.unwrap();
    let [leaked, second, third] = chain(&fixture).await;
    let own = fixture.identity.mint(&principal(&ada), wanted("own", KeyScope::Tenant)).await;
    let own = own.unwrap();
    let of_own = child(&fixture, &own, "child of own", KeyScope::Workspace).await;
    let first = fixture.key(KeyScope::Workspace, None).await;
    for key in [&leaked, &second, &third, &own, &of_own, &first] {
        assert!(is_valid(&fixture, key).await, "and is cached: {:?}", key.key.name);
    }
    let ended = fixture.identity.revoke(&principal(&ada), &leaked.key.id).await.unwrap();
    assert_eq!(ids(&ended), sorted([&second, &third]));
    let mut names: Vec<_> = ended.iter().filter_map(|key| key.name.as_deref()).collect();
    names.sort_unstable();
    assert_eq!(names, ["second", "third"]);
    for key in [&leaked, &second, &third] {
        assert!(!is_valid(&fixture, key).await, "{:?}", key.key.name);
    }
    for key in [&own, &of_own, &first] {
        assert!(is_valid(&fixture, key).await, "{:?}", key.key.name);
    }
    assert!(fixture.identity.session(session.expose(), false).await.unwrap().is_some());
    let again = fixture.identity.revoke(&principal(&ada), &leaked.key.id).await.unwrap_err();
    assert_eq!(again.kind, Kind::NotFound);
    // A key that a person minted ends its own descendants, and the person mints on.
    let ended = fixture.identity.revoke(&principal(&ada), &own.key.id).await.unwrap();
    assert_eq!(ids(&ended), sorted([&of_own]));
    fixture.identity.mint(&principal(&ada), wanted("next", KeyScope::Tenant)).await.unwrap();
}

/// A key of scope `tenant` creates a workspace, and gets the first key of it.
async fn a_revocation_reaches_the_keys_of_other_workspaces(fixture: Fixture) {
    let other = WorkspaceRecord {
        id: "ws_second".parse().unwrap(),
        slug: "second".parse().unwrap(),
        gitea_org: "vibn-second".to_owned(),
        gitea_bot_username: "second-bot".to_owned(),
        ..record(ProvisionStatus::Ready)
    };
    let mut tx = fixture.store.tenant(&tenant()).await.unwrap();
    tx.insert_workspace(&other).await.unwrap();
    tx.commit().await.unwrap();
    let leaked = fixture.key(KeyScope::Tenant, None).await;
    let by = fixture.call(&leaked.token).await.unwrap().principal;
    let there = Principal { workspace: other.id.clone(), slug: other.slug, ..by };
    let elsewhere = fixture.identity.mint(&there, wanted("first", KeyScope::Workspace)).await;
    let elsewhere = elsewhere.unwrap();
    assert!(is_valid(&fixture, &elsewhere).await);
    let owner = fixture.key(KeyScope::Tenant, None).await;
    let owner = fixture.call(&owner.token).await.unwrap().principal;
    let ended = fixture.identity.revoke(&owner, &leaked.key.id).await.unwrap();
    let [RevokedKey { id, name, workspace, .. }] = &ended[..] else { panic!("{ended:?}") };
    assert_eq!((id, name.as_deref()), (&elsewhere.key.id, Some("first")));
    assert_eq!(*workspace, other.id);
    assert!(!is_valid(&fixture, &elsewhere).await);
}

/// Otherwise the thief of a key would keep its successor by revoking the stolen one.
async fn a_key_that_revokes_itself_ends_its_descendants(fixture: Fixture) {
    let [leaked, second, third] = chain(&fixture).await;
    let by = fixture.call(&leaked.token).await.unwrap().principal;
    let ended = fixture.identity.revoke(&by, &leaked.key.id).await.unwrap();
    assert_eq!(ids(&ended), sorted([&second, &third]));
    assert!(!is_valid(&fixture, &third).await);
}

async fn a_descendant_that_revokes_a_key_ends_with_it(fixture: Fixture) {
    let [leaked, second, third] = chain(&fixture).await;
    let by = fixture.call(&second.token).await.unwrap().principal;
    let ended = fixture.identity.revoke(&by, &leaked.key.id).await.unwrap();
    assert_eq!(ids(&ended), sorted([&second, &third]));
    let [leaked, second, third] = chain(&fixture).await;
    let by = fixture.call(&leaked.token).await.unwrap().principal;
    let ended = fixture.identity.revoke(&by, &second.key.id).await.unwrap();
    assert_eq!(ids(&ended), sorted([&third]));
    assert!(is_valid(&fixture, &leaked).await, "the key that minted the revoked one goes on");
}

/// Otherwise a key that is minted at the moment of the revocation would be missed.
async fn a_revocation_waits_for_a_mint_and_ends_the_new_key(fixture: Fixture) {
    let [leaked, second, _] = chain(&fixture).await;
    let by = fixture.call(&leaked.token).await.unwrap().principal;
    let mut minting = fixture.store.tenant(&tenant()).await.unwrap();
    minting.lock_tenant().await.unwrap();
    assert!(minting.hold_key(&second.key.id).await.unwrap().is_some());
    let (identity, root) = (Arc::clone(&fixture.identity), leaked.key.id.clone());
    let mut revoking = tokio::spawn(async move { identity.revoke(&by, &root).await.unwrap() });
    let moment = Duration::from_millis(200);
    assert!(tokio::time::timeout(moment, &mut revoking).await.is_err(), "it waits");
    let minted = mint_key();
    let late = NewKey {
        id: "key_late".parse().unwrap(),
        workspace: record(ProvisionStatus::Ready).id,
        name: None,
        prefix: minted.prefix,
        digest: minted.digest,
        agent_type: None,
        scope: KeyScope::Tenant,
        access: KeyAccess::Full,
        created_at: now(),
        expires_at: None,
        minted_by: None,
        minted_with: Some(second.key.id.clone()),
    };
    minting.insert_key(&late).await.unwrap();
    minting.commit().await.unwrap();
    let ended = revoking.await.unwrap();
    assert!(ids(&ended).contains(&late.id), "{ended:?}");
    assert!(fixture.call(&minted.token).await.is_err());
}

async fn a_descendant_stops_working_on_other_instances_within_two_seconds(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let [leaked, _, third] = chain(&fixture).await;
    let by = fixture.call(&leaked.token).await.unwrap().principal;
    assert!(is_valid(&fixture, &third).await, "and is cached");
    let other = Identity::new(fixture.store.clone(), MINTED_A_DAY, &keys());
    other.revoke(&by, &leaked.key.id).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(!is_valid(&fixture, &third).await);
}

async fn keys_are_listed_with_their_minters(fixture: Fixture) {
    let ada = person(&fixture, "ada", Role::Admin).await;
    let first = fixture.key(KeyScope::Tenant, None).await;
    let own = fixture.identity.mint(&principal(&ada), wanted("own", KeyScope::Tenant)).await;
    let own = own.unwrap();
    let of_own = child(&fixture, &own, "child", KeyScope::Workspace).await;
    let listed = fixture.identity.keys(&principal(&ada)).await.unwrap();
    let minter = |key: &NewApiKey| {
        let listed = listed.iter().find(|one| one.id == key.key.id).unwrap();
        assert_eq!(*listed, key.key, "as the mint returned it");
        listed.minted_by.clone()
    };
    assert_eq!(minter(&first), None, "the operator");
    assert_eq!(minter(&own), Some(Actor::Person(ada)));
    assert_eq!(minter(&of_own), Some(Actor::Key(own.key.id.clone())));
}
