//! Every file that the policy takes, taken by Coolify too and found there unchanged.

use std::path::Path;

use covibe_sandbox::coolify::Version;
use serde_json::json;

use super::{changes, create_app, service, start_on_release};

#[tokio::test(flavor = "multi_thread")]
async fn every_compose_file_that_the_policy_accepts_can_be_created_in_coolify() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compose/tests/compose/accepted");
    let entries = std::fs::read_dir(corpus).expect("the policy's corpus");
    let files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    assert!(files.len() >= 20, "{files:?}");
    let world = start_on_release(Version::V4_3).await;
    for (number, path) in files.iter().enumerate() {
        let file = std::fs::read_to_string(path).expect("a text");
        let name = format!("file-{number}");
        let params = json!({ "composeRaw": file, "name": name, "composeDomains": [],
                             "instantDeploy": false, "envs": [
                                 { "key": "ADMIN_EMAIL", "value": "a@b.test" },
                                 { "key": "E", "value": "e" },
                                 { "key": "COMPOSE_PROFILES", "value": "jobs" }] });
        world.coolify.clear_requests();
        let made = create_app(&world.mark.agent, &params).await;
        let service = service(&world, &made).await;
        let list = |member: &str| service[member].as_array().map_or(0, Vec::len);
        let told = made["services"].as_array().expect("a list");
        assert_eq!(told.len(), list("applications") + list("databases"), "{path:?}");
        let databases = told.iter().filter(|part| part["isDatabase"] == true).count();
        assert_eq!(databases, list("databases"), "{path:?}: {told:?}");
        // What Coolify made of the file is known for the same file: it is not written twice.
        let again = world.coolify.requests().into_iter().any(|request| {
            request.method == "PATCH"
                && request.body.is_some_and(|body| body.get("docker_compose_raw").is_some())
        });
        assert!(!again, "{path:?}: {:?}", changes(&world));
    }
}

/// Coolify writes such texts without quotes, and Docker Compose reads numbers then.
#[tokio::test(flavor = "multi_thread")]
async fn a_string_that_looks_like_a_number_stays_a_string() {
    let world = start_on_release(Version::V4_3).await;
    let file = "services: {web: {image: 'acme/web:1', environment: {MASK: '0b11', RATE: '1_000.5', PORT: '80'}, \
                command: [run, '0o17', '10s']}}";
    let params = json!({ "composeRaw": file, "name": "app", "instantDeploy": false });
    let made = create_app(&world.mark.agent, &params).await;
    let service = service(&world, &made).await;
    let generated = service["docker_compose"].as_str().expect("a text");
    for text in ["MASK: '0b11${", "RATE: '1_000.5${", "- '0o17${", "PORT: '80'", "- 10s"] {
        assert!(generated.contains(text), "{text}: {generated}");
    }
}

/// Coolify writes the value of a variable over the key of the same name.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_refers_to_another_key_does_not_overwrite_it() {
    let world = start_on_release(Version::V4_3).await;
    let file = "services: {web: {image: 'acme/web:1', expose: ['80'], environment: {\
                DATABASE_URL: 'postgres://db/shop', DIRECT_URL: '${DATABASE_URL}', \
                BASE: '${BASE:-/app}/v1', LEVEL: '${LEVEL:-info}'}}}";
    let made = create_app(&world.mark.agent, &json!({ "composeRaw": file, "name": "shop" })).await;
    let generated = service(&world, &made).await["docker_compose"].clone();
    let generated = generated.as_str().expect("a text");
    for text in ["DATABASE_URL: 'postgres://db/shop'", "BASE: /app/v1", "LEVEL: info"] {
        assert!(generated.contains(text), "{text}: {generated}");
    }
}

/// A service that is awaited until it has ended does not make the app look stopped.
#[tokio::test(flavor = "multi_thread")]
async fn a_completed_one_off_service_does_not_make_the_app_look_stopped() {
    let world = start_on_release(Version::V4_3).await;
    let agent = &world.mark.agent;
    let file = "services: {init: {image: 'acme/init:1'}, web: {image: 'acme/web:1', expose: ['80'], \
                depends_on: {init: {condition: service_completed_successfully}}}}";
    let made = create_app(agent, &json!({ "composeRaw": file, "name": "site" })).await;
    let uuid = json!({ "uuid": made["uuid"] });
    let deployed =
        agent.compact("apps.deploy", &json!({ "uuid": made["uuid"], "wait": true })).await;
    let deployed = deployed.expect("a start");
    world.coolify.advance(std::time::Duration::from_mins(2));
    let app = agent.compact("apps.get", &uuid).await.expect("an app");
    assert_eq!(app["status"], "running", "{app} after {deployed}");
    let stored = service(&world, &made).await;
    let parts = stored["applications"].as_array().expect("a list");
    let init = parts.iter().find(|part| part["name"] == "init").expect("the service that ends");
    assert_eq!((&init["exclude_from_status"], &init["status"]), (&json!(true), &json!("exited")));
}
