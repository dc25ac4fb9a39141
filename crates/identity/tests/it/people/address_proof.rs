//! Accounts that an admin made, before and after the owner of the address proved it.

use covibe_identity::{OpenedLink, TakenOver};

use super::*;

on_both!(
    an_unproved_account_that_an_admin_created_joins_no_other_company,
    an_unproved_account_that_came_by_an_invitation_joins_no_other_company,
    using_a_link_of_an_admin_revokes_the_proof_of_an_address,
    the_new_owner_of_an_account_sees_the_members_whom_it_made,
    members_whom_a_removed_or_demoted_admin_made_are_found,
    an_address_without_an_account_gets_no_link,
    a_proof_link_stays_valid_after_sign_ins_and_changes_by_admins,
    a_newer_link_of_the_operator_voids_a_proof_link,
    accepting_an_appointment_voids_a_proof_link,
);

/// A company invites somebody; the token.
async fn invites(fixture: &Fixture, company: &Company, name: &str) -> Secret {
    let request = invitation_of(name, Role::Admin);
    fixture.identity.invite(&company.principal(), request).await.unwrap().token
}

async fn assert_refused(fixture: &Fixture, user: &UserId, invitation: &Secret) {
    let refused = accept(fixture, user, invitation).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden, "{refused}");
    let hint = refused.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("people prove"), "what to do: {hint}");
}

/// Has somebody prove their address by a link of the operator; what ended.
pub(super) async fn prove_by_link(fixture: &Fixture, name: &str) -> (Secret, TakenOver) {
    let (identity, from) = (&fixture.identity, BrowserOrigin::default());
    let link = identity.create_proof_link(&email(name).parse().unwrap()).await.unwrap().unwrap();
    let opened = identity.open_link(link.token.expose(), from.clone()).await.unwrap();
    let OpenedLink::Page(page) = opened else { panic!("{opened:?}") };
    assert_eq!(page.user.email.as_str(), email(name));
    assert_eq!(page.proved.as_ref(), Some(&link.companies));
    let new = password("orchard violin thimble");
    let entered = identity.set_password_by_link(link.token.expose(), new, from).await.unwrap();
    (entered.session, entered.taken_over.unwrap())
}

async fn an_unproved_account_that_an_admin_created_joins_no_other_company(fixture: Fixture) {
    let (acme, beta) = (Company::new(&fixture, "a").await, Company::new(&fixture, "b").await);
    let (bob, link) = acme.member(&fixture, "bob", Role::Member).await;
    let open = use_link(&fixture, &link).await.unwrap();
    let invitation = invites(&fixture, &beta, "bob").await;
    assert_refused(&fixture, &bob, &invitation).await;
    assert_eq!(tenants(&fixture, &bob).await, std::slice::from_ref(&acme.tenant));
    assert!(
        !fixture
            .identity
            .may_found_company(&find_signed_in(&fixture, &open).await.unwrap().user)
            .await
            .unwrap()
    );

    prove_by_link(&fixture, "bob").await;
    assert!(find_signed_in(&fixture, &open).await.is_none(), "a session of who knew the password");
    assert!(sign_in(&fixture, "bob", CHOSEN, None).await.is_err(), "the admin may know it");
    accept(&fixture, &bob, &invitation).await.unwrap();
    assert_eq!(tenants(&fixture, &bob).await, [acme.tenant, beta.tenant]);
}

/// An admin has seen the link of an invitation, too.
async fn an_unproved_account_that_came_by_an_invitation_joins_no_other_company(fixture: Fixture) {
    let (acme, beta) = (Company::new(&fixture, "a").await, Company::new(&fixture, "b").await);
    let (identity, from) = (&fixture.identity, BrowserOrigin::default());
    let first = invites(&fixture, &acme, "bob").await;
    let new =
        identity.accept_as_newcomer(first.expose(), "Bob", chosen_password(), from).await.unwrap();
    let bob = find_signed_in(&fixture, &new.session).await.unwrap().user.id;
    assert_eq!(bob, new.user);
    assert_refused(&fixture, &bob, &invites(&fixture, &beta, "bob").await).await;
    // The company that he came from may have him back.
    identity.leave(&principal(&acme.tenant, &bob)).await.unwrap();
    accept(&fixture, &bob, &invites(&fixture, &acme, "bob").await).await.unwrap();
}

async fn using_a_link_of_an_admin_revokes_the_proof_of_an_address(fixture: Fixture) {
    let (acme, beta) = (Company::new(&fixture, "a").await, Company::new(&fixture, "b").await);
    let (bob, _) = acme.member(&fixture, "bob", Role::Member).await;
    prove_by_link(&fixture, "bob").await;
    let link = fixture.identity.create_password_link(&acme.principal(), &bob).await.unwrap();
    use_link(&fixture, &link).await.unwrap();
    assert_refused(&fixture, &bob, &invites(&fixture, &beta, "bob").await).await;
}

async fn the_new_owner_of_an_account_sees_the_members_whom_it_made(fixture: Fixture) {
    let acme = Company::new(&fixture, "a").await;
    let (carol, first) = acme.member(&fixture, "carol", Role::Admin).await;
    use_link(&fixture, &first).await.unwrap();
    let identity = &fixture.identity;
    let by = principal(&acme.tenant, &carol);
    let address = email("fred").parse().unwrap();
    let fred = identity.create_member(&by, &address, "fred", Role::Admin, None).await.unwrap().0;
    let address = email("max").parse().unwrap();
    identity.create_member(&by, &address, "max", Role::Member, None).await.unwrap();
    let (zoe, _) = acme.member(&fixture, "zoe", Role::Member).await;
    let as_fred = principal(&acme.tenant, &fred.id);
    identity.set_member_role(&as_fred, &zoe, Role::Admin).await.unwrap();
    invites(&fixture, &Company { tenant: acme.tenant.clone(), admin: carol.clone() }, "gus").await;

    let (own, ended) = prove_by_link(&fixture, "carol").await;
    // One link for carol, which proved the address, is used up; those for fred and max were carol's.
    assert_eq!(ended, TakenOver { keys: 0, sessions: 1, links: 2, invitations: 1 });
    let user = find_signed_in(&fixture, &own).await.unwrap().user;
    identity
        .create_member(&by, &email("new").parse().unwrap(), "new", Role::Admin, None)
        .await
        .unwrap();
    let made = identity.members_made_before_proof(&user).await.unwrap();
    let names: Vec<_> = made[0].members.iter().map(|one| one.user.name.as_str()).collect();
    assert_eq!((made.len(), made[0].is_admin, names), (1, true, vec!["fred", "max", "zoe"]));
}

/// Has a member of a company create an admin of it.
async fn makes(fixture: &Fixture, company: &Company, by: &UserId, name: &str) -> UserId {
    let (by, email) = (principal(&company.tenant, by), email(name).parse().unwrap());
    let created = fixture.identity.create_member(&by, &email, name, Role::Admin, None).await;
    created.unwrap().0.id
}

async fn members_whom_a_removed_or_demoted_admin_made_are_found(fixture: Fixture) {
    let acme = Company::new(&fixture, "a").await;
    let identity = &fixture.identity;
    let (carol, _) = acme.member(&fixture, "carol", Role::Admin).await;
    let fred = makes(&fixture, &acme, &carol, "fred").await;
    makes(&fixture, &acme, &fred, "gus").await;
    let ivy = makes(&fixture, &acme, &carol, "ivy").await;
    let jan = makes(&fixture, &acme, &ivy, "jan").await;
    identity.remove_member(&acme.principal(), &fred).await.unwrap();
    identity.set_member_role(&acme.principal(), &ivy, Role::Member).await.unwrap();
    // One of them makes both, of whom they are, admins again: the account itself, too.
    let by = principal(&acme.tenant, &jan);
    for (user, role) in [(&ivy, Role::Member), (&carol, Role::Member), (&carol, Role::Admin)] {
        identity.set_member_role(&by, user, role).await.unwrap();
    }
    assert_eq!(members_made_by(&fixture, "carol").await, ["gus", "ivy", "jan"]);
    identity.set_member_role(&by, &ivy, Role::Admin).await.unwrap();
    assert_eq!(members_made_by(&fixture, "carol").await, ["gus", "ivy", "jan"]);
}

/// Has somebody prove their address; the names of the members whom their account made before.
async fn members_made_by(fixture: &Fixture, name: &str) -> Vec<String> {
    let (own, _) = prove_by_link(fixture, name).await;
    let user = find_signed_in(fixture, &own).await.unwrap().user;
    let made = fixture.identity.members_made_before_proof(&user).await.unwrap();
    made.into_iter().flat_map(|one| one.members).map(|one| one.user.name).collect()
}

async fn an_address_without_an_account_gets_no_link(fixture: Fixture) {
    let link = fixture.identity.create_proof_link(&email("nobody").parse().unwrap()).await;
    assert!(link.unwrap().is_none());
}

/// A member of a company who has a password, and the operator's link by which they prove their address.
async fn carol_with_a_proof_link(fixture: &Fixture) -> (Company, UserId, Secret) {
    let acme = Company::new(fixture, "a").await;
    let (carol, first) = acme.member(fixture, "carol", Role::Member).await;
    use_link(fixture, &first).await.unwrap();
    (acme, carol, proof_link(fixture).await)
}

async fn proof_link(fixture: &Fixture) -> Secret {
    let email = email("carol").parse().unwrap();
    fixture.identity.create_proof_link(&email).await.unwrap().unwrap().token
}

/// Somebody who knows the password is not the recipient of the link.
async fn a_proof_link_stays_valid_after_sign_ins_and_changes_by_admins(fixture: Fixture) {
    let (acme, carol, proof) = carol_with_a_proof_link(&fixture).await;
    let (identity, by) = (&fixture.identity, acme.principal());
    let own = sign_in(&fixture, "carol", CHOSEN, None).await.unwrap();
    let of = find_signed_in(&fixture, &own).await.unwrap();
    let (present, new) = (Secret::new(CHOSEN), password("gondola-basil-tremor"));
    identity.change_password(&of, present, new).await.unwrap();
    for role in [Role::Admin, Role::Member] {
        let link = identity.create_password_link(&by, &carol).await.unwrap();
        identity.set_member_role(&by, &carol, role).await.unwrap();
        assert_void(&fixture, &link, "the link of an admin").await;
    }
    let link = identity.create_password_link(&by, &carol).await.unwrap();
    use_link(&fixture, &link).await.unwrap();
    identity.remove_member(&by, &carol).await.unwrap();

    let (new, from) = (password("orchard violin thimble"), BrowserOrigin::default());
    let entered = identity.set_password_by_link(proof.expose(), new, from).await.unwrap();
    assert!(entered.taken_over.is_some());
    assert_void(&fixture, &proof, "it was used").await;
}

async fn a_newer_link_of_the_operator_voids_a_proof_link(fixture: Fixture) {
    let (_, carol, first) = carol_with_a_proof_link(&fixture).await;
    let second = proof_link(&fixture).await;
    assert_void(&fixture, &first, "there is a newer one").await;
    let purpose = covibe_identity::LinkPurpose::Password;
    fixture.identity.create_link(&carol, purpose).await.unwrap();
    assert_void(&fixture, &second, "there is a newer one").await;
}

async fn accepting_an_appointment_voids_a_proof_link(fixture: Fixture) {
    let (acme, carol, proof) = carol_with_a_proof_link(&fixture).await;
    let identity = &fixture.identity;
    let theirs = identity.create_password_link(&acme.principal(), &carol).await.unwrap();
    let email = email("carol").parse().unwrap();
    let appointed = identity.appoint_admin(&acme.tenant, &email).await.unwrap();
    let (new, from) = (password("orchard violin thimble"), BrowserOrigin::default());
    let token = appointed.token.expose();
    let entered = identity.accept_appointment(token, "Carol", new, from).await.unwrap();
    assert_eq!(entered.taken_over.unwrap().links, 2);
    assert_void(&fixture, &proof, "the account is hers").await;
    assert_void(&fixture, &theirs, "the account is hers").await;
}
