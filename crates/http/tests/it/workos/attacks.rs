//! Attacks: none may sign anybody in, or lead to another site.

use covibe_domain::entities::Role;
use covibe_testkit_http::Person;

use super::browser::{SESSION, SIGN_IN};
use super::workos_server::{Scene, parameters};

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_state_is_refused() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    scene.as_person("ada@example.com");
    let back = scene.go(&mut browser, "/auth/sign-in").await;
    let code = &parameters(&back)["code"];
    let kept = browser.jar.clone();
    for state in ["", "forged", &"A".repeat(43), &"A".repeat(5000)] {
        browser.jar.clone_from(&kept);
        let seen = browser.get(&format!("/callback?code={code}&state={state}")).await;
        assert!(
            matches!(seen.status, 403 | 303 | 414 | 431 | 400),
            "{}: {}",
            seen.status,
            seen.text
        );
        assert_eq!(browser.session(), None, "{state}");
    }
    let forged = ["v1.00000000.AAAA".to_owned(), "x".to_owned(), "v1.".repeat(400)];
    for cookie in forged {
        browser.jar.insert(SIGN_IN.to_owned(), cookie);
        assert_eq!(browser.go_back(&back).await.status, 403);
        assert_eq!(browser.session(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_of_sign_ins_that_were_not_started_keep_nobody_from_signing_in() {
    let scene = Scene::new().await;
    for number in 0..30 {
        let mut browser = scene.browser();
        if number % 2 == 0 {
            browser.get("/auth/sign-in").await;
        }
        let seen = browser.get("/callback?state=a&code=b").await;
        assert_eq!(seen.status, 403, "{number}: {}", seen.text);
    }
    let mut browser = scene.browser();
    let seen = scene.sign_in(&mut browser, "ada@example.com").await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    assert!(scene.signed_in(&browser).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_another_browser_started_is_refused() {
    let scene = Scene::new().await;
    let (mut victim, mut attacker) = (scene.browser(), scene.browser());
    scene.as_person("mallory@example.com");
    // The attacker has the victim open the end of the attacker's own sign-in.
    let back = scene.go(&mut attacker, "/auth/sign-in").await;
    assert_eq!(victim.go_back(&back).await.status, 403, "without a cookie");
    scene.go(&mut victim, "/auth/sign-in").await;
    assert_eq!(victim.go_back(&back).await.status, 403, "with the cookie of another sign-in");
    assert_eq!(victim.session(), None);
    // The code was not spent for it.
    assert_eq!(attacker.go_back(&back).await.status, 303);
    assert!(scene.signed_in(&attacker).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_state_is_refused_even_with_a_new_code() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    scene.as_person("ada@example.com");
    let away = browser.get("/auth/sign-in").await.url();
    let kept = browser.jar.clone();
    let back = browser.elsewhere(away.clone()).await;
    assert_eq!(browser.go_back(&back).await.status, 303);
    for back in [back, browser.elsewhere(away).await] {
        browser.jar.clone_from(&kept);
        let seen = browser.go_back(&back).await;
        assert_eq!((seen.status, browser.session()), (403, None), "{}", seen.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_answers_to_the_same_sign_in_start_one_session() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    scene.as_person("ada@example.com");
    let back = scene.go(&mut browser, "/auth/sign-in").await;
    let mut other = browser.clone();
    let (one, two) = tokio::join!(browser.go_back(&back), other.go_back(&back));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403], "{} {}", one.text, two.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_redirects_to_no_other_site() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    scene.as_person("ada@example.com");
    for wanted in [
        "https://attacker.invalid",
        "//attacker.invalid",
        "/\\attacker.invalid",
        "/%09/attacker.invalid",
        "javascript:alert(1)",
        "/a%0d%0aSet-Cookie:%20covibe_session=x",
        "/callback",
        "/auth/sign-in",
    ] {
        let back = scene.go(&mut browser, &format!("/auth/sign-in?returnTo={wanted}")).await;
        scene.workos.advance(std::time::Duration::from_secs(30));
        let seen = browser.go_back(&back).await;
        assert_eq!(seen.location(), "/console", "{wanted}: {}", seen.text);
        browser.jar.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_session_is_never_adopted() {
    let scene = Scene::new().await;
    let mut attacker = scene.browser();
    scene.sign_in(&mut attacker, "mallory@example.com").await;
    let planted = attacker.session().unwrap().to_owned();
    for cookie in [planted.clone(), "A".repeat(43)] {
        let mut victim = scene.browser();
        scene.as_person("ada@example.com");
        let away = victim.get("/auth/sign-in").await.url();
        let back = victim.elsewhere(away).await;
        victim.jar.insert(SESSION.to_owned(), cookie.clone());
        assert_eq!(victim.go_back(&back).await.status, 303);
        assert_ne!(victim.session().unwrap(), cookie, "always a new one");
        assert_eq!(scene.signed_in(&victim).await.unwrap().user.email.as_str(), "ada@example.com");
    }
    attacker.jar.insert(SESSION.to_owned(), planted);
    assert!(scene.signed_in(&attacker).await.is_none(), "it ended with the other sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unverified_address_takes_no_account_over() {
    let scene = Scene::new().await;
    let world = &scene.world;
    Person::member(world, &world.mark, "ada", Role::Admin).await;
    let mut browser = scene.browser();
    scene.set("ada@example.com", |settings| settings.verifies_email = false);
    let back = scene.go(&mut browser, "/auth/sign-in").await;
    let seen = browser.go_back(&back).await;
    assert_eq!((seen.status, browser.session()), (403, None), "{}", seen.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_address_signs_in_as_the_person_who_has_it() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let ada = Person::member(world, &world.mark, "ada", Role::Admin).await;
    let ada = world.identity.session(ada.token(), false).await.unwrap().unwrap().user.id;
    let mut browser = scene.browser();
    scene.sign_in(&mut browser, "Ada@example.com").await;
    assert_eq!(scene.signed_in(&browser).await.unwrap().user.id, ada);
}
