//! Organisations, memberships, invitations and users.

use covibe_sandbox::workos::{Collection, Company};
use covibe_workos::{
    Cause, Conflict, InvitationState, MembershipStatus, NewInvitation, NewUser, Organization,
};

use crate::simulated_workos::World;

async fn organization(world: &World) -> Organization {
    world.client.create_organization("Acme", "tn_1").await.unwrap()
}

#[tokio::test]
async fn an_organisation_is_found_by_its_external_id() {
    let world = World::new().await;
    assert_eq!(world.client.organization_by_external_id("tn_1").await.unwrap(), None);
    let made = organization(&world).await;
    let error = world.client.create_organization("Acme", "tn_1").await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Exists));
    let found = world.client.organization_by_external_id("tn_1").await.unwrap();
    assert_eq!(found.as_ref(), Some(&made));
    assert_eq!(world.client.organization(&made.id).await.unwrap(), found);
    let none = "org_none".parse().unwrap();
    assert_eq!(world.client.organization(&none).await.unwrap(), None);
    assert_eq!(world.workos.count(Collection::Organizations), 1);
}

#[tokio::test]
async fn an_answer_about_another_organisation_is_rejected() {
    let world = World::new().await;
    organization(&world).await;
    world.client.create_organization("Bolt", "tn_2").await.unwrap();
    world.workos.confuse("tn_1", "tn_2");
    let error = world.client.organization_by_external_id("tn_1").await.unwrap_err();
    assert_eq!(error.cause, Cause::Mistaken);
}

#[tokio::test]
async fn a_user_is_created_added_to_an_organisation_and_removed() {
    let world = World::new().await;
    let organization = organization(&world).await.id;
    let new = NewUser { email: "Ann@example.test", first_name: Some("Ann"), last_name: None };
    let user = world.client.create_user(new.clone()).await.unwrap();
    assert!(!user.email_verified && user.first_name.as_deref() == Some("Ann"));
    let error = world.client.create_user(new).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Exists));
    let found = world.client.user_by_email("ann@example.test").await.unwrap();
    assert_eq!(found.map(|one| one.id), Some(user.id.clone()));
    assert_eq!(world.client.user(&user.id).await.unwrap().map(|one| one.id), Some(user.id.clone()));
    let renamed = world.client.rename_user(&user.id, ("Anna", "Blum")).await.unwrap();
    assert_eq!(
        (renamed.first_name.as_deref(), renamed.last_name.as_deref()),
        (Some("Anna"), Some("Blum"))
    );
    let nobody = "user_none".parse().unwrap();
    assert!(world.client.rename_user(&nobody, ("A", "")).await.unwrap_err().is_not_found());
    let made = world.client.create_membership(&user.id, &organization, "member").await.unwrap();
    assert_eq!((made.role(), made.status), ("member", MembershipStatus::Active));
    let again = world.client.create_membership(&user.id, &organization, "member").await;
    assert_eq!(again.unwrap_err().cause, Cause::Conflict(Conflict::Exists));
    let changed = world.client.set_role(&made.id, "admin").await.unwrap();
    assert_eq!(changed.role(), "admin");
    let found = world.client.membership(&user.id, &organization).await.unwrap();
    assert_eq!(found, Some(changed));
    world.client.delete_membership(&made.id).await.unwrap();
    world.client.delete_membership(&made.id).await.unwrap();
    assert_eq!(world.client.membership(&user.id, &organization).await.unwrap(), None);
}

#[tokio::test]
async fn a_membership_with_an_unknown_role_is_refused_naming_the_field() {
    let world = World::new().await;
    let organization = organization(&world).await.id;
    let new = NewUser { email: "ann@example.test", first_name: None, last_name: None };
    let user = world.client.create_user(new).await.unwrap().id;
    let error = world.client.create_membership(&user, &organization, "chief").await.unwrap_err();
    let Cause::Refused(refusal) = error.cause else { panic!("{error}") };
    assert_eq!(refusal.fields["role_slug"], ["role_not_found"]);
}

#[tokio::test]
async fn an_invitation_is_sent_found_and_revoked() {
    let world = World::new().await;
    let organization = organization(&world).await.id;
    let new = NewInvitation {
        email: "bob@example.test",
        organization: &organization,
        role: "admin",
        days: 3,
        inviter: None,
    };
    let sent = world.client.invite(new.clone()).await.unwrap();
    assert_eq!(sent.state, InvitationState::Pending);
    assert!(sent.token.is_some() && sent.accept_invitation_url.is_some());
    let again = world.client.invite(new).await.unwrap_err();
    assert_eq!(again.cause, Cause::Conflict(Conflict::Exists));
    let found = world.client.open_invitation(&organization, "Bob@example.test").await.unwrap();
    assert_eq!(found.as_ref(), Some(&sent));
    let none = world.client.open_invitation(&organization, "eve@example.test").await.unwrap();
    assert_eq!(none, None);
    let revoked = world.client.revoke_invitation(&sent.id).await.unwrap().unwrap();
    assert_eq!(revoked.state, InvitationState::Revoked);
    let again = world.client.revoke_invitation(&sent.id).await.unwrap().unwrap();
    assert_eq!(again.state, InvitationState::Revoked);
    let none = "invitation_none".parse().unwrap();
    assert_eq!(world.client.revoke_invitation(&none).await.unwrap(), None);
}

#[tokio::test]
async fn the_open_invitation_of_an_address_is_found_by_one_call_among_many_that_ended() {
    let world = World::new().await;
    let organization = organization(&world).await.id;
    let (email, role) = ("bob@example.test", "member");
    let organization = &organization;
    let invite = async || {
        let new = NewInvitation { email, organization, role, days: 1, inviter: None };
        world.client.invite(new).await.unwrap()
    };
    for _ in 0..30 {
        world.client.revoke_invitation(&invite().await.id).await.unwrap();
    }
    assert_eq!(world.client.open_invitation(organization, email).await.unwrap(), None);
    let open = invite().await;
    world.workos.clear_requests();
    let found = world.client.open_invitation(organization, email).await.unwrap();
    assert_eq!(found, Some(open));
    assert_eq!(world.workos.requests().len(), 1);
}

#[tokio::test]
async fn memberships_of_all_pages_are_listed_in_order() {
    let world = World::new().await;
    let member = |number| (format!("{number}@example.test"), "member".to_owned());
    let (name, external_id) = ("Acme".to_owned(), Some("tn_1".to_owned()));
    world.workos.set(Company { name, external_id, members: (0..230).map(member).collect() });
    let found = world.client.organization_by_external_id("tn_1").await.unwrap().unwrap();
    let mut expected = Vec::new();
    for email in ["0@example.test", "229@example.test"] {
        expected.push(world.client.user_by_email(email).await.unwrap().unwrap().id);
    }
    world.workos.clear_requests();
    let listed = world.client.members_of(&found.id).await.unwrap();
    assert_eq!(listed.len(), 230);
    assert_eq!([&listed[0].user_id, &listed[229].user_id], [&expected[0], &expected[1]]);
    assert_eq!(world.workos.requests().len(), 3);
}
