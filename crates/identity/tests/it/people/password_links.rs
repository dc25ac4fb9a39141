//! Links for passwords act in the company whose admin made them, and only as long as they are one.

use covibe_identity::{Attempt, Attempts, LinkPurpose, OpenedLink};

use super::*;

on_both!(
    a_link_is_void_once_its_person_joins_another_company,
    a_link_is_void_once_its_person_was_removed_and_joins_another_company,
    links_and_invitations_of_a_removed_admin_are_void,
    links_and_invitations_of_a_demoted_admin_are_void,
    an_admin_removed_during_a_call_cannot_invite_link_or_change_members,
    a_link_without_an_entitled_maker_opens_nothing,
    a_link_is_void_once_its_person_gets_another_role_leaves_or_changes_the_password,
    a_link_is_void_once_its_person_signs_in_with_the_password,
    wrong_passwords_from_another_address_lock_nobody_out,
    the_networks_of_a_site_guess_the_password_of_an_address_together,
    a_password_link_works_once_for_its_person_and_company,
    viewing_a_sign_in_link_reveals_nothing_and_does_not_use_it_up,
    admins_list_and_revoke_unused_links_of_their_company,
    joining_a_company_ends_other_sessions,
);

/// An admin of another company, and bob, a member of the first one, for whom its admin has a link that nobody used.
async fn bob_with_a_link(fixture: &Fixture) -> (Company, Company, UserId, Secret) {
    let (acme, beta) = (Company::new(fixture, "a").await, Company::new(fixture, "b").await);
    let (bob, first) = acme.member(fixture, "bob", Role::Member).await;
    use_link(fixture, &first).await.unwrap();
    let link = fixture.identity.create_password_link(&acme.principal(), &bob).await.unwrap();
    (acme, beta, bob, link)
}

/// Has bob join a company, once he has proved his address.
async fn joins(fixture: &Fixture, bob: &UserId, company: &Company) -> Secret {
    prove(fixture, bob).await;
    let request = invitation_of("bob", Role::Admin);
    let invited = fixture.identity.invite(&company.principal(), request).await.unwrap();
    accept(fixture, bob, &invited.token).await.unwrap()
}

async fn a_link_is_void_once_its_person_joins_another_company(fixture: Fixture) {
    let (acme, beta, bob, link) = bob_with_a_link(&fixture).await;
    let own = joins(&fixture, &bob, &beta).await;
    let further = fixture.identity.create_password_link(&acme.principal(), &bob).await;
    assert_eq!(further.unwrap_err().kind, Kind::Forbidden);
    assert_void(&fixture, &link, "he is a member of two").await;
    assert!(find_signed_in(&fixture, &own).await.is_some(), "his session goes on");
    fixture.identity.leave(&principal(&beta.tenant, &bob)).await.unwrap();
    assert_void(&fixture, &link, "he is a member of the first one alone again").await;
}

async fn a_link_is_void_once_its_person_was_removed_and_joins_another_company(fixture: Fixture) {
    let (acme, beta, bob, link) = bob_with_a_link(&fixture).await;
    fixture.identity.remove_member(&acme.principal(), &bob).await.unwrap();
    assert_void(&fixture, &link, "he is a member of none").await;
    joins(&fixture, &bob, &beta).await;
    assert_void(&fixture, &link, "he is a member of the other one").await;
}

/// ann and eve, admins of a company. eve has a link for ann, and has invited somebody to be an admin.
async fn eve_and_ann(fixture: &Fixture) -> (Company, UserId, [Secret; 2]) {
    let acme = Company::new(fixture, "ann").await;
    let (eve, _) = acme.member(fixture, "eve", Role::Admin).await;
    let by = principal(&acme.tenant, &eve);
    let link = fixture.identity.create_password_link(&by, &acme.admin).await.unwrap();
    let invited = fixture.identity.invite(&by, invitation_of("eve2", Role::Admin)).await.unwrap();
    (acme, eve, [link, invited.token])
}

async fn assert_nothing_is_left(
    fixture: &Fixture,
    acme: &Company,
    [link, invitation]: &[Secret; 2],
) {
    assert_void(fixture, link, "its maker is not an admin").await;
    let (identity, from) = (&fixture.identity, BrowserOrigin::default());
    let shown = identity.invitation(invitation.expose()).await;
    assert_eq!(shown.unwrap_err().kind, Kind::NotFound);
    let joined =
        identity.accept_as_newcomer(invitation.expose(), "Eve", chosen_password(), from).await;
    assert_eq!(joined.unwrap_err().kind, Kind::NotFound);
    assert!(identity.invitations(&acme.principal()).await.unwrap().is_empty());
}

async fn links_and_invitations_of_a_removed_admin_are_void(fixture: Fixture) {
    let (acme, eve, made) = eve_and_ann(&fixture).await;
    let own = session(&fixture, &acme.admin).await;
    fixture.identity.remove_member(&acme.principal(), &eve).await.unwrap();
    assert_nothing_is_left(&fixture, &acme, &made).await;
    assert!(find_signed_in(&fixture, &own).await.is_some(), "ann's session goes on");
    // Also once she is an admin again.
    let role = Role::Admin;
    let back =
        fixture.identity.invite(&acme.principal(), invitation_of("eve", role)).await.unwrap();
    accept(&fixture, &eve, &back.token).await.unwrap();
    assert_nothing_is_left(&fixture, &acme, &made).await;
}

async fn links_and_invitations_of_a_demoted_admin_are_void(fixture: Fixture) {
    let (acme, eve, made) = eve_and_ann(&fixture).await;
    for role in [Role::Member, Role::Admin] {
        fixture.identity.set_member_role(&acme.principal(), &eve, role).await.unwrap();
        assert_nothing_is_left(&fixture, &acme, &made).await;
    }
}

async fn an_admin_removed_during_a_call_cannot_invite_link_or_change_members(fixture: Fixture) {
    let (acme, eve, _) = eve_and_ann(&fixture).await;
    fixture.identity.remove_member(&acme.principal(), &eve).await.unwrap();
    let (identity, by) = (&fixture.identity, principal(&acme.tenant, &eve));
    let address = "eve3@example.com".parse().unwrap();
    let refusals = [
        identity.invite(&by, invitation_of("eve2", Role::Admin)).await.map(|_| ()),
        identity.create_password_link(&by, &acme.admin).await.map(|_| ()),
        identity.create_member(&by, &address, "Eve", Role::Admin, None).await.map(|_| ()),
        identity.set_member_role(&by, &acme.admin, Role::Admin).await.map(|_| ()),
        identity.remove_member(&by, &acme.admin).await.map(|_| ()),
    ];
    assert!(refusals.iter().all(Result::is_err), "{refusals:?}");
    assert_eq!(identity.members(&acme.principal()).await.unwrap().0.len(), 1);
    assert!(identity.invitations(&acme.principal()).await.unwrap().is_empty());
}

/// Whatever removed the maker: what they made opens nothing.
async fn a_link_without_an_entitled_maker_opens_nothing(fixture: Fixture) {
    let (acme, eve, [link, invitation]) = eve_and_ann(&fixture).await;
    let mut tx = fixture.store.tenant(&acme.tenant).await.unwrap();
    assert!(tx.delete_membership(&eve).await.unwrap());
    tx.commit().await.unwrap();
    assert_void(&fixture, &link, "its maker is not a member").await;
    let from = BrowserOrigin::default();
    let joined = fixture
        .identity
        .accept_as_newcomer(invitation.expose(), "Eve", chosen_password(), from)
        .await;
    assert_eq!(joined.unwrap_err().kind, Kind::NotFound);
}

async fn a_link_is_void_once_its_person_gets_another_role_leaves_or_changes_the_password(
    fixture: Fixture,
) {
    let (acme, _, bob, link) = bob_with_a_link(&fixture).await;
    let (identity, by) = (&fixture.identity, acme.principal());
    for role in [Role::Admin, Role::Member] {
        let link = identity.create_password_link(&by, &bob).await.unwrap();
        identity.set_member_role(&by, &bob, role).await.unwrap();
        assert_void(&fixture, &link, "he got another role").await;
    }
    assert_void(&fixture, &link, "there was a newer one").await;

    let first = identity.create_password_link(&by, &bob).await.unwrap();
    let from = BrowserOrigin::default();
    let own = identity
        .set_password_by_link(first.expose(), password("tremor-basil"), from)
        .await
        .unwrap()
        .session;
    let of = find_signed_in(&fixture, &own).await.unwrap();
    let link = identity.create_password_link(&by, &bob).await.unwrap();
    let present = Secret::new("tremor-basil");
    identity.change_password(&of, present, password("gondola-basil")).await.unwrap();
    assert_void(&fixture, &link, "he changed his password").await;

    let link = identity.create_password_link(&by, &bob).await.unwrap();
    identity.leave(&principal(&acme.tenant, &bob)).await.unwrap();
    joins(&fixture, &bob, &acme).await;
    assert_void(&fixture, &link, "he left, and came back").await;
}

async fn a_password_link_works_once_for_its_person_and_company(fixture: Fixture) {
    let (acme, _, bob, link) = bob_with_a_link(&fixture).await;
    let own = use_link(&fixture, &link).await.unwrap();
    assert_eq!(find_signed_in(&fixture, &own).await.unwrap().user.id, bob);
    assert_eq!(tenants(&fixture, &bob).await, [acme.tenant]);
    assert_void(&fixture, &link, "it was used").await;
    // The operator's is for the person, wherever they are.
    joins(&fixture, &bob, &Company::new(&fixture, "c").await).await;
    let purpose = covibe_identity::LinkPurpose::Password;
    let link = fixture.identity.create_link(&bob, purpose).await.unwrap();
    assert!(use_link(&fixture, &link).await.is_ok());
}

async fn viewing_a_sign_in_link_reveals_nothing_and_does_not_use_it_up(fixture: Fixture) {
    let (acme, identity) = (Company::new(&fixture, "a").await, &fixture.identity);
    let link = identity.create_link(&acme.admin, LinkPurpose::SignIn).await.unwrap();
    let refused = identity.link_page(link.expose()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
    let opened = identity.open_link(link.expose(), BrowserOrigin::default()).await.unwrap();
    assert!(matches!(opened, OpenedLink::Session(_)), "{opened:?}");
}

async fn admins_list_and_revoke_unused_links_of_their_company(fixture: Fixture) {
    let (acme, beta, bob, link) = bob_with_a_link(&fixture).await;
    let (identity, by) = (&fixture.identity, acme.principal());
    let listed = identity.password_links(&by).await.unwrap();
    let shown: Vec<_> = listed.iter().map(|one| (&one.link.user, &one.link.made_by)).collect();
    assert_eq!(shown, [(&bob, &acme.admin)]);
    assert_eq!(listed[0].email.as_str(), email("bob"));
    let id = listed[0].link.id.clone();
    assert!(!link.expose().contains(id.as_str()), "it opens nothing");
    assert!(identity.password_links(&beta.principal()).await.unwrap().is_empty());
    let foreign = identity.revoke_password_link(&beta.principal(), &id).await;
    assert_eq!(foreign.unwrap_err().kind, Kind::NotFound);
    let as_member = identity.revoke_password_link(&principal(&acme.tenant, &bob), &id).await;
    assert_eq!(as_member.unwrap_err().kind, Kind::Forbidden);
    identity.revoke_password_link(&by, &id).await.unwrap();
    assert_void(&fixture, &link, "it was revoked").await;
    let again = identity.revoke_password_link(&by, &id).await;
    assert_eq!(again.unwrap_err().kind, Kind::NotFound);
    let operators = covibe_identity::LinkPurpose::Password;
    identity.create_link(&bob, operators).await.unwrap();
    assert!(identity.password_links(&by).await.unwrap().is_empty(), "the operator's is not theirs");
}

/// One of them may have begun with a link that an admin of the first company used.
async fn joining_a_company_ends_other_sessions(fixture: Fixture) {
    let (_, beta, bob, link) = bob_with_a_link(&fixture).await;
    let others = use_link(&fixture, &link).await.unwrap();
    let own = joins(&fixture, &bob, &beta).await;
    assert!(find_signed_in(&fixture, &others).await.is_none());
    assert!(find_signed_in(&fixture, &own).await.is_some());
}

async fn a_link_is_void_once_its_person_signs_in_with_the_password(fixture: Fixture) {
    let (_, _, _, link) = bob_with_a_link(&fixture).await;
    assert!(sign_in(&fixture, "bob", "a wrong password", None).await.is_err());
    let opened = fixture.identity.open_link(link.expose(), BrowserOrigin::default()).await;
    assert!(opened.is_ok(), "a wrong password changes nothing");
    let own = sign_in(&fixture, "bob", CHOSEN, None).await.unwrap();
    assert_void(&fixture, &link, "he has signed in").await;
    assert!(find_signed_in(&fixture, &own).await.is_some());
}

async fn wrong_passwords_from_another_address_lock_nobody_out(fixture: Fixture) {
    bob_with_a_link(&fixture).await;
    let (stranger, own) = (Some("192.0.2.7"), Some("198.51.100.1"));
    for _ in 0..5 {
        let failure = sign_in(&fixture, "bob", "a wrong password", stranger).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unauthenticated);
    }
    let failure = sign_in(&fixture, "bob", CHOSEN, stranger).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Limited);
    let session = sign_in(&fixture, "bob", CHOSEN, own).await.unwrap();
    let of = find_signed_in(&fixture, &session).await.unwrap();
    let (present, new) = (Secret::new(CHOSEN), password("orchard violin thimble"));
    fixture.identity.change_password(&of, present, new).await.unwrap();
}

async fn the_networks_of_a_site_guess_the_password_of_an_address_together(fixture: Fixture) {
    bob_with_a_link(&fixture).await;
    let (attempts, address) = (Attempts::new(fixture.store.clone()), email("bob"));
    let attempt = Attempt::PasswordFromSite(&address, "2001:db8:1:2::1".parse().unwrap());
    for _ in 0..20 {
        attempts.make(attempt).await.unwrap();
    }
    let neighbour = sign_in(&fixture, "bob", CHOSEN, Some("2001:db8:1:3::1")).await.unwrap_err();
    assert_eq!(neighbour.kind, Kind::Limited);
    assert!(sign_in(&fixture, "bob", CHOSEN, Some("2001:db8:2:3::1")).await.is_ok());
}
