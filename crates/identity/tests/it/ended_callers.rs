//! Callers whose session or role ended after their call began, and before it makes what outlasts it.

use covibe_domain::entities::{KeyScope, ProvisionStatus, Role};
use covibe_domain::{Kind, UserId};
use covibe_identity::{BrowserOrigin, KeyRequest, NewInvitationRequest, SignedIn};
use covibe_policy::Principal;

use crate::devices::{laptop, opens, person, principal};
use crate::fixture::*;

on_both!(
    a_caller_whose_session_ended_makes_no_keys_invitations_or_members,
    ending_a_session_waits_for_a_transaction_that_holds_it,
    a_demoted_admin_mints_only_what_a_member_may,
    a_demoted_admin_loses_the_keys_of_workspaces_that_are_not_open_to_them,
);

/// A person's session, and the caller that they are with it.
async fn signed_in(fixture: &Fixture, user: &UserId) -> (SignedIn, Principal) {
    let identity = &fixture.identity;
    let token = identity.start_session(user, BrowserOrigin::default(), None).await.unwrap();
    let of = identity.session(token.expose(), false).await.unwrap().unwrap();
    let session = Some(of.session.clone());
    (of, Principal { session, ..principal(user) })
}

fn tenant_wide_key() -> KeyRequest {
    KeyRequest { scope: KeyScope::Tenant, ..KeyRequest::default() }
}

async fn a_caller_whose_session_ended_makes_no_keys_invitations_or_members(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let ada = person(&fixture, "ada", Role::Admin).await;
    let (identity, (of, by)) = (&fixture.identity, signed_in(&fixture, &ada).await);
    let (other, _) = signed_in(&fixture, &ada).await;
    identity.mint(&by, tenant_wide_key()).await.unwrap();
    let device = identity.start_device(laptop()).await.unwrap();
    let request = identity.device_request(&ada, &device.user_code, None).await.unwrap();

    let mut tx = fixture.store.person(&ada).await.unwrap();
    tx.delete_session(&of.session).await.unwrap();
    tx.commit().await.unwrap();
    let minted = identity.mint(&by, tenant_wide_key()).await.unwrap_err();
    assert_eq!(minted.kind, Kind::Unauthenticated, "{minted:?}");
    let new = NewInvitationRequest {
        email: "eve@example.com".parse().unwrap(),
        role: Role::Admin,
        workspace: None,
        provider: None,
    };
    let invited = identity.invite(&by, new).await.unwrap_err();
    assert_eq!(invited.kind, Kind::Unauthenticated, "{invited:?}");
    let email = "eve@example.com".parse().unwrap();
    let created = identity.create_member(&by, &email, "Eve", Role::Admin, None).await.unwrap_err();
    assert_eq!(created.kind, Kind::Unauthenticated, "{created:?}");
    assert!(identity.decide_device(&by, &request, true).await.is_err());
    person(&fixture, "bob", Role::Admin).await;
    assert_eq!(identity.leave(&by).await.unwrap_err().kind, Kind::Unauthenticated);
    // Another session of the same person goes on.
    let by = Principal { session: Some(other.session), ..by };
    identity.decide_device(&by, &request, true).await.unwrap();
    identity.mint(&by, tenant_wide_key()).await.unwrap();
}

/// Otherwise it would end what was made before, and not what is made at that moment.
async fn ending_a_session_waits_for_a_transaction_that_holds_it(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let ada = person(&fixture, "ada", Role::Admin).await;
    let (of, _) = signed_in(&fixture, &ada).await;
    let mut making = fixture.store.tenant(&tenant()).await.unwrap();
    assert!(making.hold_session(&ada, &of.session).await.unwrap());
    let (store, user, session) = (fixture.store.clone(), ada.clone(), of.session.clone());
    let mut ending = tokio::spawn(async move {
        let mut tx = store.person(&user).await.unwrap();
        tx.delete_session(&session).await.unwrap();
        tx.commit().await.unwrap();
    });
    let moment = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(moment, &mut ending).await.is_err(), "it waits");
    making.commit().await.unwrap();
    ending.await.unwrap();
    let mut later = fixture.store.tenant(&tenant()).await.unwrap();
    assert!(!later.hold_session(&ada, &of.session).await.unwrap());
}

async fn a_demoted_admin_mints_only_what_a_member_may(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let ada = person(&fixture, "ada", Role::Admin).await;
    let eve = person(&fixture, "eve", Role::Admin).await;
    let (_, by) = signed_in(&fixture, &ada).await;
    fixture.identity.set_member_role(&principal(&eve), &ada, Role::Member).await.unwrap();
    // Her call began when she was one.
    for request in [tenant_wide_key(), KeyRequest::default()] {
        let refused = fixture.identity.mint(&by, request).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden, "{refused:?}");
    }
    opens(&fixture, &ada, true).await;
    assert_eq!(
        fixture.identity.mint(&by, tenant_wide_key()).await.unwrap_err().kind,
        Kind::Forbidden
    );
    fixture.identity.mint(&by, KeyRequest::default()).await.unwrap();
}

async fn a_demoted_admin_loses_the_keys_of_workspaces_that_are_not_open_to_them(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let eve = person(&fixture, "eve", Role::Admin).await;
    for (name, is_open) in [("ada", false), ("bob", true)] {
        let user = person(&fixture, name, Role::Admin).await;
        opens(&fixture, &user, is_open).await;
        let minted = fixture.identity.mint(&principal(&user), KeyRequest::default()).await.unwrap();
        assert!(fixture.call(&minted.token).await.is_ok());
        fixture.identity.set_member_role(&principal(&eve), &user, Role::Member).await.unwrap();
        assert_eq!(fixture.call(&minted.token).await.is_ok(), is_open, "{name}");
    }
}
