//! Admins whom the operator appoints, and addresses that WorkOS has not verified.

use covibe_domain::entities::{KeyScope, Role};
use covibe_policy::Principal;
use covibe_sandbox::workos::Collection;
use covibe_store::Backend;
use covibe_testkit_http::Agent;
use serde_json::json;

use super::browser::{Browser, BrowserAnswer};
use super::members::{admin, principal};
use super::workos_server::Scene;

const CAROL: &str = "carol@example.com";

/// Signs in by an account whose address is not verified, in an environment that asks nobody to verify it.
async fn sign_in_unverified(scene: &Scene, browser: &mut Browser) -> BrowserAnswer {
    sign_in_unverified_as(scene, browser, CAROL).await
}

async fn sign_in_unverified_as(scene: &Scene, browser: &mut Browser, email: &str) -> BrowserAnswer {
    browser.jar.clear();
    scene.set(email, |settings| settings.verifies_email = false);
    let back = scene.go(browser, "/auth/sign-in").await;
    browser.go_back(&back).await
}

/// Has the operator appoint carol; the path of the link, and whether an account was known.
async fn appoint(scene: &Scene) -> (String, bool) {
    let (tenant, email) = (&scene.world.mark.record.tenant, CAROL.parse().expect("an address"));
    let appointed = scene.world.identity.appoint_admin(tenant, &email).await.expect("a link");
    (format!("/auth/invitation/{}", appointed.token.expose()), appointed.is_known)
}

/// Opens the link of an appointment, signs in by the way, and returns what accepting it answers.
async fn accept(scene: &Scene, browser: &mut Browser, path: &str) -> BrowserAnswer {
    let wanted = browser.get(path).await.location().to_owned();
    assert!(wanted.starts_with("/auth/sign-in?returnTo=%2Fauth%2Finvitation"), "{wanted}");
    scene.as_person(CAROL);
    let back = scene.go(browser, &wanted).await;
    assert_eq!(browser.go_back(&back).await.location(), path);
    assert_eq!(browser.get(path).await.status, 200);
    confirm(scene, browser, path).await
}

async fn confirm(scene: &Scene, browser: &mut Browser, path: &str) -> BrowserAnswer {
    let csrf = scene.signed_in(browser).await.expect("a session").csrf;
    browser.submit(path, &[("csrf", &csrf)]).await
}

async fn whoever_has_verified_the_address_is_the_admin(backend: Backend) {
    let Some(scene) = Scene::on(backend).await else { return };
    let mut eve = scene.browser();
    let refused = sign_in_unverified(&scene, &mut eve).await;
    assert_eq!((refused.status, eve.session()), (403, None), "{}", refused.text);
    assert!(refused.text.contains("Verify it at WorkOS"), "{}", refused.text);
    let (path, is_known) = appoint(&scene).await;
    assert!(!is_known, "no person was created with the address");
    assert_eq!(sign_in_unverified(&scene, &mut eve).await.status, 403);

    scene.change_account(CAROL, json!({ "email_verified": true })).await;
    let mut carol = scene.browser();
    let accepted = accept(&scene, &mut carol, &path).await;
    assert_eq!(accepted.location(), "/console", "{}", accepted.text);
    let by = principal(&scene, &carol).await;
    assert_eq!((&by.tenant, by.scope), (&scene.world.mark.record.tenant, KeyScope::Tenant));
    assert_eq!(scene.workos.names(Collection::Memberships).len(), 1, "an organisation was made");
    assert_eq!(carol.get(&path).await.status, 404, "it is used up");
    scene.sign_in(&mut carol, CAROL).await;
    assert_eq!(principal(&scene, &carol).await.scope, KeyScope::Tenant, "she stays one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verified_holder_of_the_appointed_address_becomes_admin_on_sqlite() {
    whoever_has_verified_the_address_is_the_admin(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verified_holder_of_the_appointed_address_becomes_admin_on_postgres() {
    whoever_has_verified_the_address_is_the_admin(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_accepted_only_with_its_address_verified() {
    let scene = Scene::new().await;
    let (path, _) = appoint(&scene).await;
    let mut carol = scene.browser();
    scene.sign_in(&mut carol, CAROL).await;
    scene.change_account(CAROL, json!({ "email_verified": false })).await;
    let refused = confirm(&scene, &mut carol, &path).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let mut eve = scene.browser();
    scene.sign_in(&mut eve, "eve@example.com").await;
    assert_eq!(eve.get(&path).await.status, 403, "it is for another address");
    assert_eq!(confirm(&scene, &mut eve, &path).await.status, 403);
    scene.change_account(CAROL, json!({ "email_verified": true })).await;
    assert_eq!(confirm(&scene, &mut carol, &path).await.location(), "/console");
}

/// The second admin of a company that is an organisation already.
#[tokio::test(flavor = "multi_thread")]
async fn an_appointed_admin_is_an_admin_of_the_organisation_too() {
    let scene = Scene::new().await;
    admin(&scene).await;
    let (path, _) = appoint(&scene).await;
    let mut carol = scene.browser();
    assert_eq!(accept(&scene, &mut carol, &path).await.location(), "/console");
    let expected = ["ada@example.com", CAROL].map(|email| format!("{email} Acme admin active"));
    assert_eq!(scene.workos.names(Collection::Memberships), expected);
}

/// Has an admin sign in and create Carol as another one.
async fn create_carol(scene: &Scene) {
    let by = principal(scene, &admin(scene).await).await;
    create_carol_by(scene, &by).await;
}

async fn create_carol_by(scene: &Scene, by: &Principal) {
    let email = CAROL.parse().expect("an address");
    let created = scene.world.identity.create_member(by, &email, "Carol", Role::Admin, None).await;
    created.expect("a member");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unverified_address_cannot_sign_in_as_a_person_whom_an_admin_created() {
    let scene = Scene::new().await;
    create_carol(&scene).await;
    let mut eve = scene.browser();
    let refused = sign_in_unverified(&scene, &mut eve).await;
    assert_eq!((refused.status, eve.session()), (403, None), "{}", refused.text);
    scene.change_account(CAROL, json!({ "email_verified": true })).await;
    let mut carol = scene.browser();
    scene.sign_in(&mut carol, CAROL).await;
    assert_eq!(principal(&scene, &carol).await.scope, KeyScope::Tenant);
}

/// Somebody registers an address at WorkOS that is not theirs, and an admin creates a person with it.
#[tokio::test(flavor = "multi_thread")]
async fn changing_an_unverified_address_opens_no_person_whom_an_admin_created() {
    const EVE: &str = "eve@example.com";
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let mut eve = scene.browser();
    assert_eq!(sign_in_unverified(&scene, &mut eve).await.status, 403);
    create_carol_by(&scene, &by).await;
    for change in [json!({ "email": EVE }), json!({ "email": EVE, "email_verified": true })] {
        let now = if change.get("email_verified").is_some() { EVE } else { CAROL };
        scene.change_account(now, change).await;
        let refused = sign_in_unverified_as(&scene, &mut eve, EVE).await;
        assert_eq!((refused.status, eve.session()), (403, None), "{}", refused.text);
        assert!(refused.text.contains("for another email address"), "{}", refused.text);
    }
    scene.change_account(EVE, json!({ "email": CAROL, "email_verified": true })).await;
    let mut carol = scene.browser();
    scene.sign_in(&mut carol, CAROL).await;
    assert_eq!(principal(&scene, &carol).await.scope, KeyScope::Tenant);
    let user = scene.signed_in(&carol).await.expect("a session").user;
    assert!(user.proved_at.is_some(), "WorkOS has verified the address");
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_of_a_removed_admin_are_revoked_at_workos() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let identity = &scene.world.identity;
    let email = "bob@example.com".parse().expect("an address");
    let (bob, _) =
        identity.create_member(&by, &email, "Bob", Role::Admin, None).await.expect("one");
    scene.change_account("bob@example.com", json!({ "email_verified": true })).await;
    let mut browser = scene.browser();
    scene.sign_in(&mut browser, "bob@example.com").await;
    let request = super::members::request(&scene, CAROL);
    identity.invite(&principal(&scene, &browser).await, request).await.expect("an invitation");
    identity.remove_member(&by, &bob.id).await.expect("a removal");
    let invitations = scene.workos.names(Collection::Invitations);
    assert_eq!(invitations, [format!("{CAROL} Acme member revoked")]);
    assert!(identity.invitations(&by).await.expect("a list").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_an_unverified_address_calls_and_opens_nothing() {
    let scene = Scene::new().await;
    create_carol(&scene).await;
    let mut eve = scene.browser();
    assert_eq!(sign_in_unverified(&scene, &mut eve).await.status, 403);
    let cookies = eve.jar.iter().map(|(name, value)| format!("{name}={value}"));
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let agent = Agent::new(&scene.world.mark.agent.origin, "mark", None).with_session(&cookies, "");
    for tool in scene.world.dispatcher.registry().operations() {
        let answer = agent.rest_raw(tool, &json!({})).await;
        assert_eq!(answer.status, 401, "{}: {}", tool.spec.name, answer.text);
    }
    assert!(eve.get("/console").await.location().starts_with("/auth/sign-in"));
}
