//! Auth providers that belong to their first visitor: a person opens them by the console's page.

use covibe_domain::entities::Role;
use covibe_testkit_http::{Person, World};
use serde_json::{Value, json};

/// Has mark's agent create a provider. Returns the answer and the path of the page that it names.
async fn create_provider(world: &World, provider: &str) -> (Value, String) {
    let params = json!({ "provider": provider, "name": "login" });
    let made = world.mark.agent.compact("auth.create", &params).await.expect("it is created");
    let page = made["openAt"].as_str().expect("a page");
    let (_, path) = page.split_once("/console/").expect("a page of the console");
    (made.clone(), format!("/console/{path}"))
}

/// Returns how many starts Coolify was asked for.
fn starts(world: &World) -> usize {
    let requests = world.coolify.requests();
    requests
        .iter()
        .filter(|one| one.path.ends_with("/start") || one.path.ends_with("/restart"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_opens_an_auth_provider_and_gets_the_link_of_its_setup() {
    for (provider, set_up) in [
        ("pocket-id", "https://login.mark.vibnai.com/setup"),
        ("logto", "https://login-admin.mark.vibnai.com"),
    ] {
        let world = World::embedded().await;
        let (made, page) = create_provider(&world, provider).await;
        let mut ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
        let shown = ada.get(&page).await;
        assert!(shown.status == 200 && shown.text.contains("Open it now"), "{}", shown.text);
        assert_eq!(starts(&world), 0, "a look starts nothing");
        let opened = ada.submit_own(&world, &format!("{page}/open"), &[]).await;
        assert_eq!(opened.status, 200, "{}", opened.text);
        assert!(opened.text.contains(&format!("href=\"{set_up}\"")), "{}", opened.text);
        assert_eq!(starts(&world), 1);
        world.coolify.advance(std::time::Duration::from_mins(2));
        let got = world.mark.agent.compact("auth.get", &json!({ "uuid": made["uuid"] })).await;
        let got = got.expect("it is there");
        assert_eq!((&got["status"], got.get("openAt")), (&json!("running"), None), "{got}");
        assert!(!ada.get(&page).await.text.contains("Open it now"));
        let again = ada.submit_own(&world, &format!("{page}/open"), &[]).await;
        assert_eq!((again.status, starts(&world)), (200, 1), "it runs: {}", again.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_strangers_and_forged_forms_do_not_open_an_auth_provider() {
    let world = World::embedded().await;
    let (made, page) = create_provider(&world, "pocket-id").await;
    let uuid = made["uuid"].as_str().expect("a uuid");
    let path = format!("/api/workspaces/mark/auth/{uuid}/open");
    let by_key = world.mark.agent.json("POST", &path, &json!({})).await;
    assert_eq!(by_key.status, 403, "{}", by_key.text);
    assert!(by_key.text.contains("API keys cannot"), "{}", by_key.text);
    let mut eve = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let shown = eve.get(&page).await;
    assert!(shown.status == 403 && shown.text.contains("another workspace"), "{}", shown.text);
    let sent = eve.submit_own(&world, &format!("{page}/open"), &[]).await;
    assert_eq!(sent.status, 403, "{}", sent.text);
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let foreign = ada.submit(&format!("{page}/open"), &[("csrf", "wrong")]).await;
    assert_eq!(foreign.status, 403, "{}", foreign.text);
    let mut nobody = Person::new(&world.mark.agent.origin);
    let led = nobody.get(&page).await;
    assert_eq!(led.status, 303, "{}", led.text);
    assert!(led.headers["location"].contains("returnTo="), "the link survives the sign-in");
    assert_eq!(starts(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auth_provider_without_a_first_visitor_is_not_opened() {
    let world = World::embedded().await;
    let params = json!({ "provider": "pocketbase", "name": "base", "instantDeploy": false });
    let made = world.mark.agent.compact("auth.create", &params).await.expect("it is created");
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let path = format!("/api/workspaces/mark/auth/{}/open", made["uuid"].as_str().expect("a uuid"));
    let refused = ada.agent(&world, "mark").await.json("POST", &path, &json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(starts(&world), 0);
}
