//! The addresses that browsers are sent to, and the parameters with which they come back.

use covibe_sandbox::workos::{Collection, Settings};
use covibe_workos::{Authorization, Screen};
use url::Url;

use crate::simulated_workos::{CALLBACK, STATE, World, browser, parameters, sign_in_parameters};

#[tokio::test]
async fn a_sign_in_redirects_back_with_its_state_and_a_code() {
    let world = World::new().await;
    let url = world.client.authorization_url(&sign_in_parameters());
    let form = parameters(&url);
    assert_eq!(form["screen_hint"], "sign-in");
    assert!(!url.as_str().contains("dBjftJeZ4CVP"), "the verifier stays here");
    let page = browser().get(url.clone()).send().await.unwrap();
    assert!(page.status() == 200 && page.text().await.unwrap().contains("<form"));
    let mut form: Vec<_> = form.into_iter().collect();
    form.push(("email".to_owned(), "ann@example.test".to_owned()));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut target = url;
    target.set_query(None);
    let answer = browser().post(target).body(body).send().await.unwrap();
    let back: Url = answer.headers()["location"].to_str().unwrap().parse().unwrap();
    assert!(back.as_str().starts_with(CALLBACK));
    assert_eq!(parameters(&back)["state"], STATE);
    assert!(parameters(&back).contains_key("code"));
    assert_eq!(world.workos.names(Collection::Users), ["ann@example.test"]);
}

#[tokio::test]
async fn a_sign_up_opens_its_page_and_a_refusal_redirects_back_with_an_error() {
    let world = World::new().await;
    let url = world
        .client
        .authorization_url(&Authorization { screen: Screen::SignUp, ..sign_in_parameters() });
    assert_eq!(parameters(&url)["screen_hint"], "sign-up");
    let error = Some("access_denied".to_owned());
    world.workos.set(Settings { error, ..Settings::default() });
    let back = parameters(&world.go(url).await);
    assert_eq!((back["error"].as_str(), back["state"].as_str()), ("access_denied", STATE));
    assert!(!back.contains_key("code"));
}

#[tokio::test]
async fn browsers_are_redirected_only_to_configured_addresses() {
    let world = World::new().await;
    world.sign_in_as("ann@example.test");
    let elsewhere = "https://attacker.invalid/callback".parse().unwrap();
    let url = world
        .client
        .authorization_url(&Authorization { redirect_uri: &elsewhere, ..sign_in_parameters() });
    let led = world.go(url).await;
    assert_eq!((led.path(), led.query()), ("/redirect-uri-invalid", None), "a page of WorkOS");
    let home: Url = "http://127.0.0.1:8787/".parse().unwrap();
    let session = world.sign_in().await.unwrap().claims.session;
    let url = world.client.logout_url(&session, &home);
    assert_eq!(browser().get(url.clone()).send().await.unwrap().status(), 400);
    let logout_uris = vec![home.to_string()];
    world.workos.set(Settings { logout_uris, ..Settings::default() });
    assert_eq!(world.go(url).await, home);
    assert!(world.workos.names(Collection::Sessions).is_empty());
}

#[tokio::test]
async fn the_configured_redirect_addresses_are_listed() {
    let world = World::new().await;
    let uris = world.client.redirect_uris().await.unwrap();
    assert_eq!(uris, [CALLBACK]);
}
