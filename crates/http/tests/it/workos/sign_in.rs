//! The whole way of a sign-in, and its end.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::Collection;
use covibe_store::Backend;

use super::browser::{SESSION, SIGN_IN};
use super::workos_server::{Scene, parameters};

async fn whole_way(backend: Backend) {
    let Some(scene) = Scene::on(backend).await else { return };
    let mut browser = scene.browser();
    scene.as_person("ada@example.com");
    let away = browser.get("/auth/sign-in?returnTo=/setup/authorize%3Fcode%3DWDJB-MJHT").await;
    assert_eq!(away.status, 303);
    let asked = parameters(&away.url());
    assert_eq!((asked["provider"].as_str(), asked["response_type"].as_str()), ("authkit", "code"));
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["state"].len() >= 43, "256 bits");
    let back = browser.elsewhere(away.url()).await;
    let seen = browser.go_back(&back).await;
    assert_eq!(seen.location(), "/setup/authorize?code=WDJB-MJHT", "{}", seen.text);
    assert!(!browser.jar.contains_key(SIGN_IN), "used up");
    let who = scene.signed_in(&browser).await.expect("it is there");
    assert_eq!(who.user.email.as_str(), "ada@example.com");
    let other = &mut scene.browser();
    scene.sign_in(other, "ada@example.com").await;
    let again = scene.signed_in(other).await.expect("it is there");
    assert_eq!(again.user.id, who.user.id, "found by the id at WorkOS");
    assert_ne!(again.session, who.session);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_redirects_to_the_requested_page() {
    whole_way(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_redirects_to_the_requested_page_on_postgres() {
    whole_way(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_and_first_run_links_are_not_found_in_workos_mode() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    let fields = [("email", "ada@example.com"), ("password", "tremor-basil-gondola")];
    assert_eq!(browser.submit("/auth/sign-in", &fields).await.status, 404);
    assert!(scene.world.identity.offer_ownership().await.unwrap().is_none());
    let fields = [
        ("email", "a@b.test"),
        ("name", "A"),
        ("password", "tremor-basil-gondola"),
        ("again", "tremor-basil-gondola"),
    ];
    assert_eq!(browser.submit("/auth/first-run/abc", &fields).await.status, 404);
    assert_eq!(browser.session(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_here_and_at_workos() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    scene.sign_in(&mut browser, "ada@example.com").await;
    let who = scene.signed_in(&browser).await.unwrap();
    let session = browser.session().unwrap().to_owned();
    assert_eq!(browser.submit("/auth/sign-out", &[]).await.status, 403, "another site's form");
    assert!(scene.signed_in(&browser).await.is_some());
    let seen = browser.submit("/auth/sign-out", &[("csrf", &who.csrf)]).await;
    assert_eq!((seen.status, browser.session()), (200, None));
    let refresh = seen.headers["refresh"].to_str().unwrap();
    let there: url::Url = refresh.strip_prefix("0; url=").unwrap().parse().unwrap();
    let home = format!("{}/", scene.world.mark.agent.origin);
    assert_eq!(parameters(&there)["return_to"], home);
    scene.set("ada@example.com", |settings| settings.logout_uris = vec![home.clone()]);
    assert_eq!(browser.elsewhere(there).await.as_str(), home);
    assert!(scene.workos.names(Collection::Sessions).is_empty());
    browser.jar.insert(SESSION.to_owned(), session);
    assert!(scene.signed_in(&browser).await.is_none(), "the token is worth nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_workos_refused_or_failed_can_be_repeated() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    scene.set("ada@example.com", |settings| settings.error = Some("access_denied".to_owned()));
    let back = scene.go(&mut browser, "/auth/sign-in").await;
    let seen = browser.go_back(&back).await;
    assert_eq!((seen.status, browser.session()), (401, None));
    scene.as_person("ada@example.com");
    for (fault, status) in [(Name::Limited, 429), (Name::Status, 502), (Name::Malformed, 502)] {
        // A 429 is repeated within the call.
        let fault = Fault::new(fault).on("POST", "/user_management/authenticate").times(3);
        scene.workos.arm(fault);
        let back = scene.go(&mut browser, "/auth/sign-in").await;
        let seen = browser.go_back(&back).await;
        assert_eq!((seen.status, browser.session()), (status, None), "{}", seen.text);
        assert!(!seen.text.contains("unfini") && !seen.text.contains("sk_test"), "{}", seen.text);
        scene.workos.disarm();
    }
    assert_eq!(scene.sign_in(&mut browser, "ada@example.com").await.status, 303);
    assert!(scene.signed_in(&browser).await.is_some());
}

/// Has an administrator of WorkOS sign in as ada.
async fn impersonate(scene: &Scene) -> (u16, bool, String) {
    let mut browser = scene.browser();
    scene.set("ada@example.com", |settings| {
        settings.impersonator = Some("support@workos.example".to_owned());
    });
    let back = scene.go(&mut browser, "/auth/sign-in").await;
    let seen = browser.go_back(&back).await;
    (seen.status, browser.session().is_some(), seen.text)
}

#[tokio::test(flavor = "multi_thread")]
async fn impersonation_at_workos_is_refused_by_default() {
    let scene = Scene::new().await;
    let (status, has_session, text) = impersonate(&scene).await;
    assert_eq!((status, has_session), (403, false), "{text}");
    assert!(text.contains("COVIBE_WORKOS_IMPERSONATION=allow"), "{text}");
    let mut browser = scene.browser();
    assert_eq!(scene.sign_in(&mut browser, "ada@example.com").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn impersonation_at_workos_is_accepted_if_the_operator_allows_it() {
    let scene = Scene::with_impersonation().await;
    let (status, has_session, text) = impersonate(&scene).await;
    assert_eq!((status, has_session), (303, true), "{text}");
}
