//! People of several companies, and the browsers that they sign in with.

use covibe_identity::Whereabouts;

use super::*;

on_both!(
    a_session_of_several_companies_is_refused_until_one_is_chosen,
    a_person_reaches_the_workspaces_of_each_of_their_companies,
    attempts_of_others_do_not_lock_a_person_out_of_a_known_browser,
    a_foreign_changed_or_outdated_cookie_makes_no_browser_known,
);

/// A company with a workspace of this slug.
async fn with_workspace(fixture: &Fixture, name: &str) -> Company {
    let company = Company::new(fixture, name).await;
    let mut tx = fixture.store.tenant(&company.tenant).await.unwrap();
    let mut workspace = record(covibe_domain::entities::ProvisionStatus::Ready);
    workspace.id = format!("ws_company{name}").parse().unwrap();
    workspace.slug = name.parse().unwrap();
    workspace.tenant = company.tenant.clone();
    workspace.gitea_org = format!("vibn-{name}");
    workspace.gitea_bot_username = format!("{name}-bot");
    tx.insert_workspace(&workspace).await.unwrap();
    tx.commit().await.unwrap();
    company
}

/// Two companies, and an admin of both.
async fn admin_of_both(fixture: &Fixture) -> ([Company; 2], UserId) {
    let both = [with_workspace(fixture, "ann").await, with_workspace(fixture, "ben").await];
    admin(fixture, &both[0].tenant, "ada").await;
    let ada = admin(fixture, &both[1].tenant, "ada").await;
    (both, ada)
}

async fn a_session_of_several_companies_is_refused_until_one_is_chosen(fixture: Fixture) {
    let ([ann, ben], ada) = admin_of_both(&fixture).await;
    let identity = &fixture.identity;
    let token = session(&fixture, &ada).await;
    let of = find_signed_in(&fixture, &token).await.unwrap();
    assert!(matches!(identity.whereabouts(&of).await.unwrap(), Whereabouts::Unchosen));
    for slug in [None, Some("ann"), Some("nobody")] {
        let refused = identity.person_caller(&of, slug).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden);
        assert!(refused.message.contains("chose none"), "{slug:?}: {}", refused.message);
    }
    identity.place_session(&of, &ben.tenant, None).await.unwrap();
    let of = find_signed_in(&fixture, &token).await.unwrap();
    assert_eq!(identity.person_caller(&of, None).await.unwrap().workspace.slug.as_str(), "ben");
    let (offered, last) = identity.companies(&ada).await.unwrap();
    assert_eq!(last.as_ref(), Some(&ben.tenant));
    let tenants: Vec<_> = offered.into_iter().map(|one| one.tenant).collect();
    assert_eq!(tenants, [ben.tenant.clone(), ann.tenant], "the last used first");
    // A member of one company has nothing to choose.
    let own = session(&fixture, &ben.admin).await;
    let of = find_signed_in(&fixture, &own).await.unwrap();
    assert!(identity.person_caller(&of, None).await.is_ok());
}

async fn a_person_reaches_the_workspaces_of_each_of_their_companies(fixture: Fixture) {
    let ([ann, ben], ada) = admin_of_both(&fixture).await;
    let cleo = with_workspace(&fixture, "cleo").await;
    let identity = &fixture.identity;
    let token = identity.start_session(&ada, BrowserOrigin::default(), Some(&ann.tenant)).await;
    let of = find_signed_in(&fixture, &token.unwrap()).await.unwrap();
    for (slug, tenant) in [("ann", &ann.tenant), ("ben", &ben.tenant)] {
        let caller = identity.person_caller(&of, Some(slug)).await.unwrap();
        assert_eq!((&caller.principal.tenant, caller.workspace.slug.as_str()), (tenant, slug));
    }
    for slug in ["cleo", "nobody"] {
        let refused = identity.person_caller(&of, Some(slug)).await.unwrap_err();
        assert!(refused.message.contains("not a member"), "{slug}: {}", refused.message);
    }
    let all = identity.all_standings(&ada).await.unwrap();
    let slugs = all.iter().flat_map(|at| &at.workspaces).map(|(record, _)| record.slug.as_str());
    assert_eq!(slugs.collect::<Vec<_>>(), ["ann", "ben"]);
    let some = identity.standings(&ada, &[ben.tenant.clone(), cleo.tenant]).await.unwrap();
    let tenants: Vec<_> = some.iter().map(|at| &at.tenant).collect();
    assert_eq!(tenants, [&ben.tenant], "those of their companies alone");
}

/// Somebody who chose their password, and where they sign in from.
async fn with_password(fixture: &Fixture, company: &Company, name: &str) -> UserId {
    let (user, link) = company.member(fixture, name, Role::Member).await;
    use_link(fixture, &link).await.unwrap();
    user
}

/// Signs a person in from the one address of an office; the cookie that makes the browser known.
async fn from_office(
    fixture: &Fixture,
    name: &str,
    password: &str,
    known: Option<&Secret>,
) -> Result<Secret, Kind> {
    let address = Some("192.0.2.7".parse().unwrap());
    let from = BrowserOrigin { address, known: known.cloned(), ..BrowserOrigin::default() };
    let signed_in = fixture.identity.sign_in(&email(name), Secret::new(password), from).await;
    let signed_in = signed_in.map_err(|refused| refused.failure.kind)?;
    Ok(signed_in.browser.unwrap())
}

async fn attempts_of_others_do_not_lock_a_person_out_of_a_known_browser(fixture: Fixture) {
    let acme = Company::new(&fixture, "ann").await;
    with_password(&fixture, &acme, "bob").await;
    let known = from_office(&fixture, "bob", CHOSEN, None).await.unwrap();
    while from_office(&fixture, "bob", "a wrong password", None).await == Err(Kind::Unauthenticated)
    {
    }
    assert_eq!(from_office(&fixture, "bob", CHOSEN, None).await.unwrap_err(), Kind::Limited);
    let known = from_office(&fixture, "bob", CHOSEN, Some(&known)).await.unwrap();
    // The browser has a limit, too.
    let mut wrong = 0;
    while from_office(&fixture, "bob", "a wrong password", Some(&known)).await
        == Err(Kind::Unauthenticated)
    {
        wrong += 1;
    }
    assert_eq!(wrong, 5);
}

async fn a_foreign_changed_or_outdated_cookie_makes_no_browser_known(fixture: Fixture) {
    let acme = Company::new(&fixture, "ann").await;
    with_password(&fixture, &acme, "bob").await;
    with_password(&fixture, &acme, "eve").await;
    let of_eve = from_office(&fixture, "eve", CHOSEN, None).await.unwrap();
    let of_bob = from_office(&fixture, "bob", CHOSEN, None).await.unwrap();
    while from_office(&fixture, "bob", "a wrong password", None).await == Err(Kind::Unauthenticated)
    {
    }
    let changed = Secret::new(format!("x{}", of_bob.expose()));
    for cookie in [&of_eve, &changed, &Secret::new(".."), &Secret::new("a.1.b")] {
        let refused = from_office(&fixture, "bob", CHOSEN, Some(cookie)).await;
        assert_eq!(refused.unwrap_err(), Kind::Limited);
    }
    // A new password makes strangers of the browsers that knew the one before.
    let session = session_of(&fixture, "bob", &of_bob).await;
    let of = find_signed_in(&fixture, &session).await.unwrap();
    let (present, new) = (Secret::new(CHOSEN), password("orchard violin thimble"));
    fixture.identity.change_password(&of, present, new).await.unwrap();
    let refused = from_office(&fixture, "bob", "orchard violin thimble", Some(&of_bob)).await;
    assert_eq!(refused.unwrap_err(), Kind::Limited);
}

/// Returns the token of a new session of a person in a browser that they know.
async fn session_of(fixture: &Fixture, name: &str, known: &Secret) -> Secret {
    let from = BrowserOrigin { known: Some(known.clone()), ..BrowserOrigin::default() };
    let signed_in = fixture.identity.sign_in(&email(name), Secret::new(CHOSEN), from).await;
    signed_in.unwrap().session
}
