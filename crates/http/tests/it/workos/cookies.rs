//! The flags of cookies, on an origin with TLS and on a plain one.

use super::workos_server::Scene;

const ATTRIBUTES: &str = "; Path=/; HttpOnly; SameSite=Lax; Max-Age=";

#[tokio::test(flavor = "multi_thread")]
async fn cookies_of_an_https_origin_are_secure_and_for_this_host_alone() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    browser.host = Some("co-vibe.test");
    scene.as_person("ada@example.com");
    let away = browser.get("/auth/sign-in").await;
    let set = away.set("__Host-covibe_sign_in").unwrap();
    assert!(set.ends_with(&format!("{ATTRIBUTES}600; Secure")), "{set}");
    assert!(away.set("covibe_sign_in").is_none() && !set.contains("Domain"));
    let back = browser.elsewhere(away.url()).await;
    let seen = browser.go_back(&back).await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    let set = seen.set("__Host-covibe_session").unwrap();
    assert!(set.ends_with(&format!("{ATTRIBUTES}2592000; Secure")), "{set}");
    assert!(!set.contains("Domain"));
    let cleared = seen.set("__Host-covibe_sign_in").unwrap();
    assert_eq!(cleared, format!("__Host-covibe_sign_in={ATTRIBUTES}0; Secure"));

    // The name without protection is one that a tenant's app, a host of the same domain, could set.
    assert_eq!(browser.get("/onboarding").await.status, 200);
    let token = browser.jar.remove("__Host-covibe_session").unwrap();
    browser.jar.insert("covibe_session".to_owned(), token);
    let planted = browser.get("/onboarding").await;
    assert!(planted.location().starts_with("/auth/sign-in"), "{}", planted.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_urls_of_the_server_contain_no_secret_of_a_sign_in() {
    let scene = Scene::new().await;
    let mut browser = scene.browser();
    scene.as_person("ada@example.com");
    let away = browser.get("/auth/sign-in").await;
    let state = super::workos_server::parameters(&away.url())["state"].clone();
    let cookie = browser.jar["covibe_sign_in"].clone();
    assert!(!cookie.contains(&state) && !away.location().contains(&cookie));
    assert_eq!(away.headers["cache-control"], "no-store");
    let back = browser.elsewhere(away.url()).await;
    let seen = browser.go_back(&back).await;
    assert_eq!(seen.headers["cache-control"], "no-store");
    let token = browser.session().unwrap().to_owned();
    assert!(!seen.text.contains(&token) && !seen.location().contains(&token));
}
