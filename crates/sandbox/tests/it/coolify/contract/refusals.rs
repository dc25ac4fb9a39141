//! Calls that are refused because of the current state.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::Answered;
use covibe_sandbox::coolify::{Options, Version};
use serde_json::{Value, json};

use super::valid_requests::FILE;
use crate::coolify::private_keys::{KEY, OTHER};
use crate::simulator_client::{Coolify, HttpAnswer, real_time_options};

/// A domain that a team-mate's application has.
const FOREIGN: &str = "https://foreign-app.elsewhere.vibnai.com";

/// Returns the answers of the simulator.
pub(super) async fn answers(version: Version) -> Vec<Answered> {
    let coolify = super::coolify(version).await;
    coolify.simulator.keep_answers();
    team(&coolify).await;
    applications(&coolify).await;
    deployments(&coolify).await;
    databases(&coolify, version).await;
    services(&coolify).await;
    let mut answers = coolify.simulator.take_answers();
    answers.extend(on_a_build_server(version).await);
    answers.extend(full_queue(version).await);
    answers
}

#[track_caller]
fn assert_status(answer: &HttpAnswer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
}

async fn team(coolify: &Coolify) {
    let keys = "/security/keys";
    assert_status(&coolify.post(keys, json!({ "private_key": "none" })).await, 422);
    let key = coolify.uuid(keys, json!({ "private_key": KEY })).await;
    assert_status(&coolify.post(keys, json!({ "private_key": KEY })).await, 422);
    let other = coolify.uuid(keys, json!({ "private_key": OTHER })).await;
    let (key, other) = (format!("{keys}/{key}"), format!("{keys}/{other}"));
    assert_status(&coolify.patch(&other, json!({ "private_key": "none" })).await, 422);
    assert_status(&coolify.patch(&other, json!({ "private_key": KEY })).await, 422);
    let mut app = coolify.app("keyed");
    app["private_key_uuid"] = json!(key.rsplit('/').next());
    coolify.uuid("/applications/private-deploy-key", app).await;
    assert_status(&coolify.delete(&key).await, 422);
    let project = format!("/projects/{}", coolify.project);
    assert_status(&coolify.delete(&project).await, 400);
    assert_status(&coolify.patch(&project, json!({ "name": "x" })).await, 422);
    let environments = format!("{project}/environments");
    assert_status(&coolify.post(&environments, json!({ "name": "production" })).await, 409);
    assert_status(&coolify.get(&format!("{project}/nowhere")).await, 404);
}

async fn applications(coolify: &Coolify) {
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let public = "/applications/public";
    assert_status(
        &coolify.post(public, with(coolify.app("a"), "domains", json!(FOREIGN))).await,
        409,
    );
    assert_status(
        &coolify.post(public, with(coolify.app("a"), "domains", json!("no url"))).await,
        422,
    );
    assert_status(
        &coolify.post(public, with(coolify.app("a"), "environment_name", json!("x"))).await,
        404,
    );
    assert_status(
        &coolify.post(public, with(coolify.app("a"), "environment_name", json!(""))).await,
        422,
    );
    assert_status(
        &coolify.post(public, with(coolify.app("a"), "git_repository", json!("ssh://x"))).await,
        422,
    );
    for path in ["/applications/private-deploy-key", "/applications/dockerimage"] {
        let image = json!({ "docker_registry_image_name": "nginx", "private_key_uuid": "missing",
                            "ports_exposes": "80" });
        let mut body = with(coolify.app("a"), "domains", json!(FOREIGN));
        let members = image.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        coolify.post(path, body).await;
    }
    let app = coolify.uuid(public, coolify.app("site")).await;
    let path = format!("/applications/{app}");
    assert_status(&coolify.patch(&path, json!({ "domains": FOREIGN })).await, 409);
    assert_status(&coolify.patch(&path, json!({ "domains": "no url" })).await, 422);
    assert_status(&coolify.get(&format!("{path}/logs")).await, 400);
    variables(coolify, &format!("{path}/envs")).await;
}

async fn variables(coolify: &Coolify, path: &str) {
    let env = json!({ "key": "A", "value": "1" });
    assert_status(&coolify.post(path, env.clone()).await, 201);
    assert_status(&coolify.post(path, env).await, 409);
    assert_status(&coolify.patch(path, json!({ "key": "MISSING", "value": "1" })).await, 404);
    assert_status(&coolify.post(path, json!({ "value": "1" })).await, 422);
    assert_status(&coolify.patch(path, json!({ "value": "1" })).await, 422);
    assert_status(&coolify.patch(&format!("{path}/bulk"), json!({ "data": [] })).await, 400);
    assert_status(
        &coolify.patch(&format!("{path}/bulk"), json!({ "data": [{ "value": "1" }] })).await,
        422,
    );
    assert_status(&coolify.delete(&format!("{path}/missing")).await, 404);
}

async fn deployments(coolify: &Coolify) {
    assert_status(&coolify.post("/deploy", json!({ "uuid": "a", "tag": "b" })).await, 400);
    assert_status(&coolify.post("/deploy", json!({ "force": true })).await, 400);
    assert_status(&coolify.post("/deploy", json!({ "uuid": "missing" })).await, 404);
    assert_status(&coolify.post("/deploy", json!({ "tag": "b" })).await, 404);
    let app = coolify.working_app("deployed").await;
    let one = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    // Skipped: 200 without a deployment.
    assert_status(&coolify.post(&format!("/applications/{app}/start"), json!({})).await, 200);
    coolify.wait_for_status(&one, "finished").await;
    assert_status(&coolify.post(&format!("/deployments/{one}/cancel"), json!({})).await, 400);
    assert_status(&coolify.get(&format!("/deployments/applications/{app}?take=0")).await, 422);
}

async fn databases(coolify: &Coolify, version: Version) {
    let public = json!({ "name": "a", "is_public": true, "public_port": 30_000 });
    for flavor in
        ["postgresql", "mysql", "mariadb", "mongodb", "redis", "keydb", "dragonfly", "clickhouse"]
    {
        let path = format!("/databases/{flavor}");
        coolify.post(&path, coolify.with_place(public.clone())).await;
        assert_status(&coolify.post(&path, coolify.with_place(public.clone())).await, 400);
        assert_status(
            &coolify.post(&path, coolify.with_place(json!({ "limits_memory": 5 }))).await,
            500,
        );
        assert_status(&coolify.post(&path, coolify.with_place(json!({ "colour": 5 }))).await, 422);
        let mut nowhere = coolify.with_place(json!({ "name": "a" }));
        nowhere["project_uuid"] = json!("missing");
        assert_status(&coolify.post(&path, nowhere).await, 404);
    }
    let one = coolify.uuid("/databases/redis", coolify.with_place(json!({ "name": "a" }))).await;
    let one = format!("/databases/{one}");
    assert_status(&coolify.patch(&one, json!({ "mysql_user": "a" })).await, 422);
    // Since 4.2 a PATCH does not look whether the port is taken.
    let taken = if version < Version::V4_3 { 400 } else { 200 };
    assert_status(
        &coolify.patch(&one, json!({ "is_public": true, "public_port": 30_000 })).await,
        taken,
    );
    stop_and_start_twice(coolify, &one).await;
}

/// Stops it while it is stopped, and starts it while it runs.
async fn stop_and_start_twice(coolify: &Coolify, one: &str) {
    assert_status(&coolify.post(&format!("{one}/stop"), json!({})).await, 400);
    assert_status(&coolify.post(&format!("{one}/start"), json!({})).await, 200);
    for _ in 0..200 {
        let status = coolify.get(one).await.json()["status"].as_str().unwrap().to_owned();
        if status.starts_with("running") {
            return assert_status(&coolify.post(&format!("{one}/start"), json!({})).await, 400);
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{one} never runs");
}

async fn services(coolify: &Coolify) {
    let post = async |body: Value| coolify.post("/services", coolify.with_place(body)).await;
    let raw = STANDARD.encode(FILE);
    assert_status(&post(json!({ "type": "zitadel" })).await, 404);
    assert_status(&post(json!({ "type": "n8n", "docker_compose_raw": raw })).await, 422);
    assert_status(&post(json!({ "docker_compose_raw": "no base64" })).await, 422);
    assert_status(&post(json!({ "docker_compose_raw": STANDARD.encode("{") })).await, 500);
    let foreign = json!([{ "name": "web", "url": FOREIGN }]);
    assert_status(&post(json!({ "docker_compose_raw": raw, "urls": foreign })).await, 409);
    let unknown = json!([{ "name": "none", "url": "https://a.mark.vibnai.com" }]);
    assert_status(&post(json!({ "docker_compose_raw": raw, "urls": unknown })).await, 422);
    let one =
        coolify.uuid("/services", coolify.with_place(json!({ "docker_compose_raw": raw }))).await;
    let one = format!("/services/{one}");
    assert_status(&coolify.patch(&one, json!({ "urls": foreign })).await, 409);
    assert_status(&coolify.patch(&one, json!({ "urls": unknown })).await, 422);
    assert_status(
        &coolify.patch(&one, json!({ "docker_compose_raw": STANDARD.encode("{") })).await,
        500,
    );
    variables(coolify, &format!("{one}/envs")).await;
    stop_and_start_twice(coolify, &one).await;
}

/// Since 4.2 nothing can be created on it.
async fn on_a_build_server(version: Version) -> Vec<Answered> {
    let coolify =
        Coolify::with(Options { version, is_build_server: true, ..real_time_options() }).await;
    coolify.simulator.keep_answers();
    let body = json!({ "docker_registry_image_name": "nginx", "ports_exposes": "80" });
    coolify.post("/applications/dockerimage", coolify.with_place(body)).await;
    coolify.post("/databases/redis", coolify.with_place(json!({ "name": "a" }))).await;
    coolify.post("/services", coolify.with_place(json!({ "type": "n8n" }))).await;
    coolify.get(&format!("/servers/{}", coolify.server)).await;
    coolify.simulator.take_answers()
}

/// Queues more deployments than the server keeps queued.
async fn full_queue(version: Version) -> Vec<Answered> {
    let pace = std::time::Duration::from_mins(1);
    let coolify =
        Coolify::with(Options { version, pace, budget_per_minute: None, ..real_time_options() })
            .await;
    coolify.simulator.keep_answers();
    let app = coolify.working_app("busy").await;
    // The first one is in progress at once.
    for _ in 0..26 {
        coolify.post("/deploy", json!({ "uuid": app, "force": true })).await;
    }
    assert_status(&coolify.post("/deploy", json!({ "uuid": app, "force": true })).await, 429);
    coolify.post(&format!("/applications/{app}/start?force=true"), json!({})).await;
    coolify.simulator.take_answers()
}
