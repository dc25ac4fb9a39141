//! Admins whom the operator appoints: somebody who has registered the address before keeps nothing.

use covibe_domain::{Email, Timestamp};
use covibe_identity::{Expiry, KeyRequest, Proof};
use covibe_store::WorkspaceRecord;

use super::*;

on_both!(
    a_squatter_of_an_appointed_address_gets_no_access_to_the_company,
    accepting_an_appointment_of_a_new_address_creates_its_person,
    an_account_that_was_registered_after_the_appointment_is_taken_over,
    an_appointment_is_accepted_once_and_only_by_its_newest_link,
    an_appointed_member_becomes_admin_and_loses_older_sessions,
    an_appointment_is_not_accepted_without_a_new_password,
    an_admin_of_the_company_lists_and_revokes_an_appointment,
    appointments_and_invitations_of_a_suspended_company_are_refused,
    the_link_for_the_first_person_is_void_once_an_appointed_admin_has_come_in,
);

const SQUATTED: &str = "tremor-basil-gondola";

fn carol() -> Email {
    "carol@example.com".parse().unwrap()
}

async fn carol_signs_in(fixture: &Fixture, password: &str) -> Option<Secret> {
    sign_in(fixture, "carol", password, None).await.ok()
}

/// A workspace of a company, in which its people have keys.
async fn workspace(fixture: &Fixture, of: &Company, name: &str) -> WorkspaceRecord {
    let record = WorkspaceRecord {
        id: format!("ws_{name}").parse().unwrap(),
        tenant: of.tenant.clone(),
        slug: name.parse().unwrap(),
        gitea_org: format!("vibn-{name}"),
        gitea_bot_username: format!("{name}-bot"),
        ..record(covibe_domain::entities::ProvisionStatus::Ready)
    };
    let mut tx = fixture.store.tenant(&of.tenant).await.unwrap();
    tx.insert_workspace(&record).await.unwrap();
    tx.commit().await.unwrap();
    record
}

async fn accept_appointment(fixture: &Fixture, token: &Secret) -> Result<Secret, Failure> {
    let from = BrowserOrigin::default();
    let entered =
        fixture.identity.accept_appointment(token.expose(), "Carol", chosen_password(), from).await;
    entered.map(|entered| entered.session)
}

async fn a_squatter_of_an_appointed_address_gets_no_access_to_the_company(fixture: Fixture) {
    let (acme, looms) = (Company::new(&fixture, "a").await, Company::new(&fixture, "c").await);
    let (here, there) =
        (workspace(&fixture, &acme, "here").await, workspace(&fixture, &looms, "there").await);
    // An admin of another company creates the address, and chooses its password.
    let identity = &fixture.identity;
    let (squatter, first) = acme.member(&fixture, "carol", Role::Admin).await;
    let (chosen, from) = (password(SQUATTED), BrowserOrigin::default());
    let open = identity.set_password_by_link(first.expose(), chosen, from).await.unwrap().session;
    let by = Principal {
        workspace: here.id.clone(),
        slug: here.slug.clone(),
        ..principal(&acme.tenant, &squatter)
    };
    let request =
        KeyRequest { scope: KeyScope::Tenant, expiry: Expiry::Never, ..KeyRequest::default() };
    let key = identity.mint(&by, request).await.unwrap().token;
    let theirs = identity.create_password_link(&by, &acme.admin).await.unwrap();
    let second = identity.invite(&by, invitation_of("second", Role::Admin)).await.unwrap();
    let link = identity.create_password_link(&acme.principal(), &squatter).await.unwrap();

    let appointed = identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    assert_eq!((appointed.is_known, appointed.elsewhere), (true, vec!["a".to_owned()]));
    let here_alone = std::slice::from_ref(&acme.tenant);
    assert_eq!(tenants(&fixture, &squatter).await, here_alone, "nobody is a member yet");
    let reached = identity.authenticate_person(open.expose(), Some("there"), Proof::Reads).await;
    assert_eq!(reached.unwrap_err().kind, Kind::Forbidden);
    let shown = identity.invitation(appointed.token.expose()).await.unwrap();
    assert!(shown.is_known && shown.is_appointment() && shown.company == "c");
    assert_eq!(shown.elsewhere, ["a"]);

    let own = accept_appointment(&fixture, &appointed.token).await.unwrap();
    let caller = identity.authenticate_person(own.expose(), None, Proof::Reads).await.unwrap();
    assert_eq!((caller.principal.workspace, caller.principal.scope), (there.id, KeyScope::Tenant));
    assert!(find_signed_in(&fixture, &open).await.is_none(), "the session that was open before");
    assert!(
        carol_signs_in(&fixture, SQUATTED).await.is_none(),
        "the password that the squatter chose"
    );
    assert!(carol_signs_in(&fixture, "harbour lantern willow").await.is_some());
    assert!(fixture.call(&key).await.is_err(), "a key of the account");
    assert_void(&fixture, &link, "it is for the account").await;
    assert_void(&fixture, &theirs, "the account made it").await;
    let second = identity.invitation(second.token.expose()).await;
    assert_eq!(second.unwrap_err().kind, Kind::NotFound, "the account made it");
    let again = identity.create_password_link(&acme.principal(), &squatter).await;
    assert_eq!(again.unwrap_err().kind, Kind::Forbidden, "the person is a member of another one");
}

async fn accepting_an_appointment_of_a_new_address_creates_its_person(fixture: Fixture) {
    let looms = Company::new(&fixture, "c").await;
    let appointed = fixture.identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    assert!(!appointed.is_known && appointed.elsewhere.is_empty());
    assert!(!fixture.identity.invitation(appointed.token.expose()).await.unwrap().is_known);
    let own = accept_appointment(&fixture, &appointed.token).await.unwrap();
    let user = find_signed_in(&fixture, &own).await.unwrap().user;
    assert_eq!((user.name.as_str(), user.email), ("Carol", carol()));
    let all = fixture.identity.memberships(&user.id).await.unwrap();
    assert_eq!((&all[0].tenant, all[0].role, all.len()), (&looms.tenant, Role::Admin, 1));
}

async fn appointments_and_invitations_of_a_suspended_company_are_refused(fixture: Fixture) {
    let looms = Company::new(&fixture, "c").await;
    let appointed = fixture.identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    let invited = invitation_of("dora", Role::Member);
    let invited = fixture.identity.invite(&looms.principal(), invited).await.unwrap();
    let mut tx = fixture.store.tenant(&looms.tenant).await.unwrap();
    assert!(tx.suspend_tenant(Timestamp::now()).await.unwrap());
    tx.commit().await.unwrap();
    let refused = accept_appointment(&fixture, &appointed.token).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden, "{refused}");
    for token in [&appointed.token, &invited.token] {
        let shown = fixture.identity.invitation(token.expose()).await.unwrap_err();
        assert_eq!(shown.kind, Kind::Forbidden, "{shown}");
    }
    let mut tx = fixture.store.tenant(&looms.tenant).await.unwrap();
    assert!(tx.resume_tenant().await.unwrap());
    tx.commit().await.unwrap();
    accept_appointment(&fixture, &appointed.token).await.unwrap();
}

async fn an_account_that_was_registered_after_the_appointment_is_taken_over(fixture: Fixture) {
    let (acme, looms) = (Company::new(&fixture, "a").await, Company::new(&fixture, "c").await);
    let appointed = fixture.identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    let (squatter, link) = acme.member(&fixture, "carol", Role::Member).await;
    let open = use_link(&fixture, &link).await.unwrap();
    let own = accept_appointment(&fixture, &appointed.token).await.unwrap();
    assert_eq!(find_signed_in(&fixture, &own).await.unwrap().user.id, squatter);
    assert!(find_signed_in(&fixture, &open).await.is_none());
}

async fn an_appointment_is_accepted_once_and_only_by_its_newest_link(fixture: Fixture) {
    let looms = Company::new(&fixture, "c").await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        tokens.push(fixture.identity.appoint_admin(&looms.tenant, &carol()).await.unwrap().token);
    }
    let replaced = accept_appointment(&fixture, &tokens[0]).await;
    assert_eq!(replaced.unwrap_err().kind, Kind::NotFound);
    accept_appointment(&fixture, &tokens[1]).await.unwrap();
    let again = accept_appointment(&fixture, &tokens[1]).await;
    assert_eq!(again.unwrap_err().kind, Kind::NotFound);
}

async fn an_appointed_member_becomes_admin_and_loses_older_sessions(fixture: Fixture) {
    let looms = Company::new(&fixture, "c").await;
    let (member, link) = looms.member(&fixture, "carol", Role::Member).await;
    let open = use_link(&fixture, &link).await.unwrap();
    let appointed = fixture.identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    assert!(appointed.is_known && appointed.elsewhere.is_empty());
    accept_appointment(&fixture, &appointed.token).await.unwrap();
    assert!(find_signed_in(&fixture, &open).await.is_none());
    let all = fixture.identity.memberships(&member).await.unwrap();
    assert_eq!((all[0].role, all.len()), (Role::Admin, 1));
}

/// A session is not enough: it may be the squatter's. An invitation of an admin's is not accepted as an appointment.
async fn an_appointment_is_not_accepted_without_a_new_password(fixture: Fixture) {
    let (acme, looms) = (Company::new(&fixture, "a").await, Company::new(&fixture, "c").await);
    let (squatter, _) = acme.member(&fixture, "carol", Role::Member).await;
    let appointed = fixture.identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    let refused = accept(&fixture, &squatter, &appointed.token).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    let request = invitation_of("carol", Role::Member);
    let invited = fixture.identity.invite(&looms.principal(), request).await.unwrap();
    let refused = accept_appointment(&fixture, &invited.token).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
    assert_eq!(tenants(&fixture, &squatter).await, [acme.tenant]);
}

async fn an_admin_of_the_company_lists_and_revokes_an_appointment(fixture: Fixture) {
    let looms = Company::new(&fixture, "c").await;
    let appointed = fixture.identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    let open = fixture.identity.invitations(&looms.principal()).await.unwrap();
    assert_eq!((open.len(), &open[0].email, &open[0].invited_by), (1, &carol(), &None));
    fixture.identity.revoke_invitation(&looms.principal(), &open[0].id).await.unwrap();
    let refused = accept_appointment(&fixture, &appointed.token).await;
    assert_eq!(refused.unwrap_err().kind, Kind::NotFound);
}

/// It is in the server's log, where others may have seen it.
async fn the_link_for_the_first_person_is_void_once_an_appointed_admin_has_come_in(
    fixture: Fixture,
) {
    let identity = &fixture.identity;
    let looms = Company::new(&fixture, "c").await;
    let first = identity.offer_ownership().await.unwrap().expect("nobody has signed up");
    let appointed = identity.appoint_admin(&looms.tenant, &carol()).await.unwrap();
    assert!(identity.offers_ownership(first.expose()).await.unwrap(), "nobody has come in yet");
    accept_appointment(&fixture, &appointed.token).await.unwrap();
    assert!(!identity.offers_ownership(first.expose()).await.unwrap());
    let (eve, from) = ("eve@example.com".parse().unwrap(), BrowserOrigin::default());
    let signed_up =
        identity.sign_owner_up(first.expose(), &eve, "Eve", chosen_password(), from).await;
    assert_eq!(signed_up.unwrap_err().kind, Kind::NotFound);
    assert!(identity.offer_ownership().await.unwrap().is_none(), "also after a restart");
}
