//! A creation that is repeated, with other values than the first call had.

use std::time::Duration;

use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

use super::{call, expect_success, is_started, start_on_release, variable, writes};
use crate::support::CallStyle;

/// A call whose answer is lost, though Coolify made the provider.
async fn lose(world: &World, params: &Value) {
    world.coolify.arm(Fault::new(Name::DropAfter).on("POST", "/services$"));
    assert_eq!(call(world, CallStyle::Tool, "auth.create", params).await.status, 502);
    // Started or not, it has come to rest.
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.coolify.clear_requests();
}

/// Somebody who uses Coolify itself.
fn operator(world: &World) -> Agent {
    Agent::new(&world.coolify.url, "", None).with_key(Some(world.coolify.token.expose()))
}

/// Returns the service of that name as Coolify has it.
async fn service(world: &World, name: &str) -> Value {
    let accept = [("accept", "application/json")];
    let all = operator(world).send("GET", "/api/v1/services", &accept, None).await.json();
    let mut of_name = all.as_array().expect("a list").iter().filter(|one| one["name"] == name);
    of_name.next().cloned().expect("the service")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_applies_its_own_parameters() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let first = json!({ "provider": "pocketbase", "name": "login", "description": "one",
            "instantDeploy": false });
        lose(&world, &first).await;
        let again = json!({ "provider": "pocketbase", "name": "login", "description": "two" });
        let made = expect_success(&world, CallStyle::Tool, "auth.create", &again).await;
        assert!(is_started(&world), "{:?}", writes(&world));
        let service = service(&world, "login").await;
        let description = service["description"].as_str().expect("a description");
        assert!(description.starts_with("two (Co-Vibe crt_"), "its mark stays: {description}");
        assert_eq!(made["url"], "https://login.mark.vibnai.com");
        assert!(
            made["next"].as_str().is_some_and(|text| text.starts_with("Nobody can administer it "))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identical_repeated_creation_only_starts_the_provider() {
    let world = start_on_release(Version::default()).await;
    let params = json!({ "provider": "pocketbase", "name": "login", "description": "one" });
    lose(&world, &params).await;
    expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
    assert_eq!(writes(&world), ["POST /services/*/start"], "its creation does not start it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_without_a_start_says_that_the_provider_runs() {
    let world = start_on_release(Version::default()).await;
    let first = json!({ "provider": "pocketbase", "name": "login" });
    world.coolify.arm(Fault::new(Name::StatusAfter).status(500).on("POST", "/services/*/start$"));
    assert!(call(&world, CallStyle::Tool, "auth.create", &first).await.status >= 500);
    let again = json!({ "provider": "pocketbase", "name": "login", "instantDeploy": false });
    let made = expect_success(&world, CallStyle::Tool, "auth.create", &again).await;
    assert!(made["next"].as_str().is_some_and(|text| text.starts_with("It is running")), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_returned_api_key_is_the_one_that_the_provider_runs_with() {
    let world = start_on_release(Version::Beta473).await;
    let provider = "supertokens-with-postgresql";
    let first = json!({ "provider": provider, "name": "core" });
    world.coolify.arm(Fault::new(Name::StatusAfter).status(500).on("POST", "/services/*/start$"));
    assert!(call(&world, CallStyle::Tool, "auth.create", &first).await.status >= 500);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let again = json!({ "provider": provider, "name": "core", "instantDeploy": false });
    let made = expect_success(&world, CallStyle::Tool, "auth.create", &again).await;
    assert_eq!(variable(&world, &made["uuid"], "API_KEYS").await["value"], made["apiKey"]);
    // Coolify tells that it is exited until it looks, and a start creates its containers anew.
    let starts = writes(&world).iter().filter(|write| write.ends_with("start")).count();
    assert!(starts >= 2, "{:?}", writes(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_sets_urls_that_coolify_did_not_set() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let params = json!({ "provider": "keycloak", "name": "sso" });
        lose(&world, &params).await;
        let uuid = service(&world, "sso").await["uuid"].clone();
        let path = format!("/api/v1/services/{}", uuid.as_str().expect("a text"));
        let without =
            json!({ "urls": [{ "name": "keycloak", "url": "https://x.apps.test:8080" }] });
        assert_eq!(operator(&world).json("PATCH", &path, &without).await.status, 200);
        let app = json!({ "image": "nginx:1.27", "name": "sso", "instantDeploy": false });
        let uuid =
            expect_success(&world, CallStyle::Tool, "apps.create", &app).await["uuid"].clone();
        let told = call(&world, CallStyle::Tool, "auth.create", &params).await;
        assert_eq!(told.status, 409, "the host is an app's by now: {}", told.answer.text);
        let gone = json!({ "uuid": uuid, "confirm": "sso" });
        expect_success(&world, CallStyle::Tool, "apps.delete", &gone).await;
        let made = expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
        assert_eq!(made["domains"], json!(["sso.mark.vibnai.com"]), "{made}");
        assert!(!made["next"].to_string().contains("none yet"), "{made}");
    }
}
