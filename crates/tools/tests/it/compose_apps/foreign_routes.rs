//! Routes that Coolify makes of something else than an app's domains: none leads to another's host.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{create_app, service, start_on_release};

/// The images that Coolify routes by the values of variables, and those variables.
const ROUTED: [(&str, &[&str]); 6] = [
    ("minio/minio:1", &["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"]),
    ("coollabsio/minio", &["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"]),
    ("ghcr.io/coollabsio/minio:1", &["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"]),
    ("quay.io/minio/minio:1", &["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"]),
    ("svhd/logto:1", &["LOGTO_ENDPOINT", "LOGTO_ADMIN_ENDPOINT"]),
    ("dxflrs/garage:1", &["GARAGE_S3_API_URL", "GARAGE_WEB_URL", "GARAGE_ADMIN_URL"]),
];

/// The hosts that the proxy routes to the app.
async fn routed(world: &World, app: &Value) -> Vec<String> {
    let service = service(world, app).await;
    let generated = service["docker_compose"].as_str().expect("a text");
    let rules = generated.split("Host(`").skip(1);
    rules.filter_map(|rest| rest.split_once('`')).map(|(host, _)| host.to_owned()).collect()
}

/// Makes an app, and gives it a file as one has that is older than our rules.
async fn plant(world: &World, name: &str, image: &str) -> Value {
    let file = "services: {s3: {image: 'acme/s3:1'}}";
    let params = json!({ "composeRaw": file, "name": name, "instantDeploy": false });
    let app = create_app(&world.mark.agent, &params).await;
    let file = format!("services:\n  s3:\n    image: {image}\n");
    let body = json!({ "docker_compose_raw": STANDARD.encode(file) });
    let path = format!("/services/{}", app["uuid"].as_str().expect("a text"));
    world.operator().coolify("PATCH", &path, &body).await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_of_routed_images_add_no_route_to_a_foreign_host() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        for (at, (image, keys)) in ROUTED.into_iter().enumerate() {
            let name = format!("s3-{at}");
            let envs: Vec<_> = keys
                .iter()
                .map(|key| json!({ "key": key, "value": "https://app.victim.vibnai.com" }))
                .collect();
            let file = format!("services: {{s3: {{image: '{image}', expose: ['9000']}}}}");
            let params = json!({ "composeRaw": file, "name": name, "envs": envs });
            let app = create_app(agent, &params).await;
            assert_eq!(routed(&world, &app).await, [format!("{name}.mark.vibnai.com")], "{image}");
            let params = json!({ "uuid": app["uuid"], "envs": envs });
            agent.compact("apps.envs.upsert", &params).await.expect("variables");
            assert_eq!(routed(&world, &app).await, [format!("{name}.mark.vibnai.com")], "{image}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_app_refuses_variables_that_add_routes() {
    let world = World::embedded().await;
    for (at, (image, keys)) in ROUTED.into_iter().enumerate() {
        let app = plant(&world, &format!("old-{at}"), image).await;
        for key in keys {
            let params =
                json!({ "uuid": app["uuid"], "key": key, "value": "https://a.mark.vibnai.com" });
            let answer = world.mark.agent.compact_raw("apps.envs.upsert", &params).await;
            assert_eq!(answer.status, 422, "{image} {key}: {}", answer.text);
            assert!(answer.text.contains("apps.update"), "{}", answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_foreign_route_is_stopped_and_recorded_in_the_audit() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let app = plant(&world, "old", "minio/minio").await;
    let envs = format!("/services/{}/envs", app["uuid"].as_str().expect("a text"));
    for key in ["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"] {
        let value = "https://x`)||Host(`coolify.vibnai.com";
        world.operator().coolify("POST", &envs, &json!({ "key": key, "value": value })).await;
    }
    let other = json!({ "uuid": app["uuid"], "key": "OTHER", "value": "1" });
    let deploy = json!({ "uuid": app["uuid"] });
    for (tool, params) in [("apps.deploy", &deploy), ("apps.envs.upsert", &other)] {
        world.coolify.clear_requests();
        let answer = agent.compact_raw(tool, params).await;
        assert_eq!(answer.status, 422, "{tool}: {}", answer.text);
        let problems = &answer.json()["details"]["problems"];
        assert_eq!(problems[0]["path"], "services.s3.labels", "{}", answer.text);
        assert!(!answer.text.contains("coolify.vibnai.com"), "{}", answer.text);
        let requests = world.coolify.requests();
        let was_asked = |verb: &str| requests.iter().any(|request| request.path.ends_with(verb));
        assert!(was_asked("/stop"), "{tool}");
        assert!(!was_asked("/start") && !was_asked("/restart"), "{tool}");
    }
    let mut tx = world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&world.mark.record.id, 100).await.expect("the audit");
    let noted = entries.iter().filter(|entry| entry.tool == "guard");
    let noted: Vec<_> = noted.map(|entry| entry.resource.as_deref()).collect();
    assert_eq!(noted, [app["uuid"].as_str(); 2]);
}

/// Coolify refuses to stop what it takes for stopped, which it may do for minutes after a start.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_foreign_route_is_stopped_even_if_coolify_believes_it_stopped() {
    let mut options = Options::default();
    options.coolify.look = Some(Duration::from_hours(1));
    let world = World::start(options).await.expect("SQLite is built in");
    let agent = &world.mark.agent;
    let app = plant(&world, "old", "minio/minio").await;
    let uuid = app["uuid"].as_str().expect("a text");
    let start = format!("/services/{uuid}/start");
    world.operator().coolify("POST", &start, &Value::Null).await;
    world.coolify.advance(Duration::from_mins(1));
    let runs = || {
        let containers = world.coolify.names(Collection::Containers);
        containers.iter().any(|container| container.ends_with(uuid))
    };
    assert!(runs());
    let (envs, value) = (format!("/services/{uuid}/envs"), "https://x`)||Host(`coolify.vibnai.com");
    for key in ["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"] {
        world.operator().coolify("POST", &envs, &json!({ "key": key, "value": value })).await;
    }
    let other = json!({ "uuid": uuid, "key": "OTHER", "value": "1" });
    let answer = agent.compact_raw("apps.envs.upsert", &other).await;
    assert!(answer.text.contains("The app was stopped"), "{}", answer.text);
    assert!(!runs());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_foreign_route_that_cannot_be_stopped_is_reported_as_such() {
    let world = World::embedded().await;
    let app = plant(&world, "old", "minio/minio").await;
    let envs = format!("/services/{}/envs", app["uuid"].as_str().expect("a text"));
    let value = "https://x`)||Host(`coolify.vibnai.com";
    for key in ["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"] {
        world.operator().coolify("POST", &envs, &json!({ "key": key, "value": value })).await;
    }
    world
        .coolify
        .arm(Fault::new(Name::Status).status(400).on("POST", "/services/*/stop$").times(9));
    let deploy = json!({ "uuid": app["uuid"] });
    let answer = world.mark.agent.compact_raw("apps.deploy", &deploy).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("could not be stopped"), "{}", answer.text);
    assert!(answer.text.contains("Tell the operator"), "{}", answer.text);
}

/// Deploys an app whose file is this one now. Returns the status, and what was asked of Coolify.
pub(super) async fn deploy_file(world: &World, file: &str) -> (u16, Vec<String>) {
    let app = plant(world, "app", "acme/s3:1").await;
    let body = json!({ "docker_compose_raw": STANDARD.encode(file) });
    let path = format!("/services/{}", app["uuid"].as_str().expect("a text"));
    world.operator().coolify("PATCH", &path, &body).await;
    world.coolify.clear_requests();
    let deploy = json!({ "uuid": app["uuid"] });
    let answer = world.mark.agent.compact_raw("apps.deploy", &deploy).await;
    (answer.status, super::changes(world))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_large_generated_compose_file_can_be_deployed() {
    let world = World::embedded().await;
    let config = |at| format!("  c{at}: {{content: {}}}\n", "x".repeat(60_000));
    let configs: String = (0..8).map(config).collect();
    let file = format!("services:\n  s3:\n    image: docker.io/acme/s3:1\nconfigs:\n{configs}");
    let (status, asked) = deploy_file(&world, &file).await;
    assert_eq!(status, 200, "{asked:?}");
    assert_eq!(asked.last().map(String::as_str), Some("POST /services/*/start"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_an_unreadable_generated_file_is_neither_started_nor_stopped() {
    let world = World::embedded().await;
    let file =
        "services:\n  s3:\n    image: docker.io/acme/s3:1\n    environment: {'schlüssel': a}\n";
    let (status, asked) = deploy_file(&world, file).await;
    assert_eq!(status, 503, "{asked:?}");
    assert!(
        !asked.iter().any(|one| one.ends_with("/stop") || one.ends_with("/start")),
        "{asked:?}"
    );
}
