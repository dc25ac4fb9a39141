//! A key mints none that opens more than itself.

use covibe_domain::entities::{KeyAccess, KeyScope, Role};
use covibe_domain::{Actor, Kind, Timestamp};
use covibe_identity::{Expiry, Identity, KeyRequest, MINTED_A_DAY};
use covibe_policy::Principal;

use crate::devices::{person, principal};
use crate::fixture::*;

on_both!(
    a_key_cannot_mint_a_key_of_wider_scope,
    keys_are_listed_with_their_scope,
    a_read_only_key_cannot_mint_a_key,
    a_key_expires_after_90_days_by_default,
    a_workspace_key_cannot_mint_a_key_that_outlives_it,
    a_tenant_key_can_mint_a_key_that_outlives_it,
    a_key_that_was_revoked_by_another_instance_cannot_mint,
    the_keys_of_a_workspace_mint_a_bounded_number_of_keys_a_day,
    people_and_the_operator_mint_keys_after_the_keys_have_minted_too_many,
);

const DAY: i64 = 24 * 60 * 60 * 1000;

fn in_days(days: i64) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() + days * DAY)
}

fn expiring(expiry: Expiry) -> KeyRequest {
    KeyRequest { expiry, ..KeyRequest::default() }
}

fn wanting(scope: KeyScope) -> KeyRequest {
    KeyRequest { scope, ..KeyRequest::default() }
}

async fn a_key_cannot_mint_a_key_of_wider_scope(fixture: Fixture) {
    let narrow = fixture.key(KeyScope::Workspace, None).await;
    let narrow = fixture.call(&narrow.token).await.unwrap().principal;
    let refused = fixture.identity.mint(&narrow, wanting(KeyScope::Tenant)).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    assert!(refused.hint.unwrap().contains("scope is tenant"));
    fixture.identity.mint(&narrow, KeyRequest::default()).await.unwrap();

    let wide = fixture.key(KeyScope::Tenant, None).await;
    let wide = fixture.call(&wide.token).await.unwrap().principal;
    for scope in [KeyScope::Tenant, KeyScope::Workspace] {
        let minted = fixture.identity.mint(&wide, wanting(scope)).await.unwrap();
        assert_eq!(minted.key.scope, scope);
        assert_eq!(fixture.call(&minted.token).await.unwrap().principal.scope, scope);
    }
}

async fn keys_are_listed_with_their_scope(fixture: Fixture) {
    let minted = fixture.key(KeyScope::Tenant, None).await;
    let caller = fixture.call(&minted.token).await.unwrap();
    let listed = fixture.identity.keys(&caller.principal).await.unwrap();
    assert_eq!(listed, [minted.key]);
}

async fn a_read_only_key_cannot_mint_a_key(fixture: Fixture) {
    let full = fixture.key(KeyScope::Tenant, None).await;
    let by = fixture.call(&full.token).await.unwrap();
    let wanted = || KeyRequest { access: KeyAccess::Read, ..wanting(KeyScope::Tenant) };
    let reader = fixture.identity.mint(&by.principal, wanted()).await.unwrap();
    assert_eq!(reader.key.access, KeyAccess::Read);
    let reader = fixture.call(&reader.token).await.unwrap();
    assert_eq!(
        (reader.principal.access(), by.principal.access()),
        (KeyAccess::Read, KeyAccess::Full)
    );
    for principal in [reader.principal, by.narrowed().principal] {
        let refused = fixture.identity.mint(&principal, wanted()).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden);
    }
}

async fn a_key_expires_after_90_days_by_default(fixture: Fixture) {
    let unlimited = fixture.key(KeyScope::Workspace, None).await;
    let by = fixture.call(&unlimited.token).await.unwrap().principal;
    let before = in_days(90);
    let minted = fixture.identity.mint(&by, KeyRequest::default()).await.unwrap();
    let expires = minted.key.expires_at.unwrap();
    assert!((before..=in_days(90)).contains(&expires), "{expires}");
    let never = fixture.identity.mint(&by, expiring(Expiry::Never)).await.unwrap();
    assert_eq!(never.key.expires_at, None);
}

async fn a_workspace_key_cannot_mint_a_key_that_outlives_it(fixture: Fixture) {
    let end = in_days(7);
    let short = fixture.key(KeyScope::Workspace, Some(end)).await;
    let by = fixture.call(&short.token).await.unwrap().principal;
    let minted = fixture.identity.mint(&by, KeyRequest::default()).await.unwrap();
    assert_eq!(minted.key.expires_at, Some(end));
    let earlier = fixture.identity.mint(&by, expiring(Expiry::At(in_days(1)))).await.unwrap();
    assert!(earlier.key.expires_at < Some(end));
    for expiry in [Expiry::Never, Expiry::At(in_days(8))] {
        let refused = fixture.identity.mint(&by, expiring(expiry)).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden, "{expiry:?}");
        assert!(refused.message.contains(&end.to_string()), "{refused:?}");
    }
}

async fn a_tenant_key_can_mint_a_key_that_outlives_it(fixture: Fixture) {
    let short = fixture.key(KeyScope::Tenant, Some(in_days(7))).await;
    let by = fixture.call(&short.token).await.unwrap().principal;
    let minted = fixture.identity.mint(&by, KeyRequest::default()).await.unwrap();
    assert!(minted.key.expires_at > Some(in_days(89)));
    let never = fixture.identity.mint(&by, expiring(Expiry::Never)).await.unwrap();
    assert_eq!(never.key.expires_at, None);
}

/// The records of revoked keys are kept, so they count too.
async fn the_keys_of_a_workspace_mint_a_bounded_number_of_keys_a_day(fixture: Fixture) {
    let identity = Identity::new(fixture.store.clone(), 3, &keys());
    let first = fixture.key(KeyScope::Workspace, None).await;
    let by = fixture.call(&first.token).await.unwrap().principal;
    for _ in 0..3 {
        let minted = identity.mint(&by, KeyRequest::default()).await.unwrap();
        identity.revoke(&by, &minted.key.id).await.unwrap();
    }
    let refused = identity.mint(&by, KeyRequest::default()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Limited, "{refused:?}");
    assert!(refused.retry_after.is_some());
}

async fn people_and_the_operator_mint_keys_after_the_keys_have_minted_too_many(fixture: Fixture) {
    let identity = Identity::new(fixture.store.clone(), 1, &keys());
    let stolen = fixture.key(KeyScope::Workspace, None).await;
    let by = fixture.call(&stolen.token).await.unwrap().principal;
    identity.mint(&by, KeyRequest::default()).await.unwrap();
    let refused = identity.mint(&by, KeyRequest::default()).await.unwrap_err();
    assert!(refused.hint.unwrap().contains("a person can mint it in the console"));
    let ada = principal(&person(&fixture, "ada", Role::Admin).await);
    identity.mint(&ada, KeyRequest::default()).await.unwrap();
    let refused = identity.mint(&ada, KeyRequest::default()).await.unwrap_err();
    assert!(refused.message.starts_with("The people of the workspace"), "{}", refused.message);
    let operator = Principal { actor: Actor::Operator, ..by };
    for _ in 0..2 {
        identity.mint(&operator, KeyRequest::default()).await.unwrap();
    }
}

async fn a_key_that_was_revoked_by_another_instance_cannot_mint(fixture: Fixture) {
    for scope in [KeyScope::Workspace, KeyScope::Tenant] {
        let key = fixture.key(scope, None).await;
        let by = fixture.call(&key.token).await.unwrap().principal;
        let other = Identity::new(fixture.store.clone(), MINTED_A_DAY, &keys());
        other.revoke(&by, &key.key.id).await.unwrap();
        let refused = fixture.identity.mint(&by, KeyRequest::default()).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Unauthenticated, "{scope:?}");
    }
}
