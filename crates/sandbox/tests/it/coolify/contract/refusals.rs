//! Calls that are refused because of the present state.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::Answered;
use covibe_sandbox::coolify::{Options, Version};
use serde_json::{Value, json};

use super::walk::FILE;
use crate::coolify::projects::{KEY, OTHER};
use crate::support::{Answer, Coolify, quick};

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
fn is(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
}

async fn team(coolify: &Coolify) {
    let keys = "/security/keys";
    is(&coolify.post(keys, json!({ "private_key": "none" })).await, 422);
    let key = coolify.uuid(keys, json!({ "private_key": KEY })).await;
    is(&coolify.post(keys, json!({ "private_key": KEY })).await, 422);
    let other = coolify.uuid(keys, json!({ "private_key": OTHER })).await;
    let (key, other) = (format!("{keys}/{key}"), format!("{keys}/{other}"));
    is(&coolify.patch(&other, json!({ "private_key": "none" })).await, 422);
    is(&coolify.patch(&other, json!({ "private_key": KEY })).await, 422);
    let mut app = coolify.app("keyed");
    app["private_key_uuid"] = json!(key.rsplit('/').next());
    coolify.uuid("/applications/private-deploy-key", app).await;
    is(&coolify.delete(&key).await, 422);
    let project = format!("/projects/{}", coolify.project);
    is(&coolify.delete(&project).await, 400);
    is(&coolify.patch(&project, json!({ "name": "x" })).await, 422);
    let environments = format!("{project}/environments");
    is(&coolify.post(&environments, json!({ "name": "production" })).await, 409);
    is(&coolify.get(&format!("{project}/nowhere")).await, 404);
}

async fn applications(coolify: &Coolify) {
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let public = "/applications/public";
    is(&coolify.post(public, with(coolify.app("a"), "domains", json!(FOREIGN))).await, 409);
    is(&coolify.post(public, with(coolify.app("a"), "domains", json!("no url"))).await, 422);
    is(&coolify.post(public, with(coolify.app("a"), "environment_name", json!("x"))).await, 404);
    is(&coolify.post(public, with(coolify.app("a"), "environment_name", json!(""))).await, 422);
    is(
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
    is(&coolify.patch(&path, json!({ "domains": FOREIGN })).await, 409);
    is(&coolify.patch(&path, json!({ "domains": "no url" })).await, 422);
    is(&coolify.get(&format!("{path}/logs")).await, 400);
    variables(coolify, &format!("{path}/envs")).await;
}

async fn variables(coolify: &Coolify, path: &str) {
    let env = json!({ "key": "A", "value": "1" });
    is(&coolify.post(path, env.clone()).await, 201);
    is(&coolify.post(path, env).await, 409);
    is(&coolify.patch(path, json!({ "key": "MISSING", "value": "1" })).await, 404);
    is(&coolify.post(path, json!({ "value": "1" })).await, 422);
    is(&coolify.patch(path, json!({ "value": "1" })).await, 422);
    is(&coolify.patch(&format!("{path}/bulk"), json!({ "data": [] })).await, 400);
    is(&coolify.patch(&format!("{path}/bulk"), json!({ "data": [{ "value": "1" }] })).await, 422);
    is(&coolify.delete(&format!("{path}/missing")).await, 404);
}

async fn deployments(coolify: &Coolify) {
    is(&coolify.post("/deploy", json!({ "uuid": "a", "tag": "b" })).await, 400);
    is(&coolify.post("/deploy", json!({ "force": true })).await, 400);
    is(&coolify.post("/deploy", json!({ "uuid": "missing" })).await, 404);
    is(&coolify.post("/deploy", json!({ "tag": "b" })).await, 404);
    let app = coolify.working_app("deployed").await;
    let one = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    // Skipped: 200 without a deployment.
    is(&coolify.post(&format!("/applications/{app}/start"), json!({})).await, 200);
    coolify.until(&one, "finished").await;
    is(&coolify.post(&format!("/deployments/{one}/cancel"), json!({})).await, 400);
    is(&coolify.get(&format!("/deployments/applications/{app}?take=0")).await, 422);
}

async fn databases(coolify: &Coolify, version: Version) {
    let public = json!({ "name": "a", "is_public": true, "public_port": 30_000 });
    for flavor in
        ["postgresql", "mysql", "mariadb", "mongodb", "redis", "keydb", "dragonfly", "clickhouse"]
    {
        let path = format!("/databases/{flavor}");
        coolify.post(&path, coolify.here(public.clone())).await;
        is(&coolify.post(&path, coolify.here(public.clone())).await, 400);
        is(&coolify.post(&path, coolify.here(json!({ "limits_memory": 5 }))).await, 500);
        is(&coolify.post(&path, coolify.here(json!({ "colour": 5 }))).await, 422);
        let mut nowhere = coolify.here(json!({ "name": "a" }));
        nowhere["project_uuid"] = json!("missing");
        is(&coolify.post(&path, nowhere).await, 404);
    }
    let one = coolify.uuid("/databases/redis", coolify.here(json!({ "name": "a" }))).await;
    let one = format!("/databases/{one}");
    is(&coolify.patch(&one, json!({ "mysql_user": "a" })).await, 422);
    // Since 4.2 a PATCH does not look whether the port is taken.
    let taken = if version < Version::V4_3 { 400 } else { 200 };
    is(&coolify.patch(&one, json!({ "is_public": true, "public_port": 30_000 })).await, taken);
    twice(coolify, &one).await;
}

/// Stops it while it is stopped, and starts it while it runs.
async fn twice(coolify: &Coolify, one: &str) {
    is(&coolify.post(&format!("{one}/stop"), json!({})).await, 400);
    is(&coolify.post(&format!("{one}/start"), json!({})).await, 200);
    for _ in 0..200 {
        let status = coolify.get(one).await.json()["status"].as_str().unwrap().to_owned();
        if status.starts_with("running") {
            return is(&coolify.post(&format!("{one}/start"), json!({})).await, 400);
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{one} never runs");
}

async fn services(coolify: &Coolify) {
    let post = async |body: Value| coolify.post("/services", coolify.here(body)).await;
    let raw = STANDARD.encode(FILE);
    is(&post(json!({ "type": "zitadel" })).await, 404);
    is(&post(json!({ "type": "n8n", "docker_compose_raw": raw })).await, 422);
    is(&post(json!({ "docker_compose_raw": "no base64" })).await, 422);
    is(&post(json!({ "docker_compose_raw": STANDARD.encode("{") })).await, 500);
    let foreign = json!([{ "name": "web", "url": FOREIGN }]);
    is(&post(json!({ "docker_compose_raw": raw, "urls": foreign })).await, 409);
    let unknown = json!([{ "name": "none", "url": "https://a.mark.vibnai.com" }]);
    is(&post(json!({ "docker_compose_raw": raw, "urls": unknown })).await, 422);
    let one = coolify.uuid("/services", coolify.here(json!({ "docker_compose_raw": raw }))).await;
    let one = format!("/services/{one}");
    is(&coolify.patch(&one, json!({ "urls": foreign })).await, 409);
    is(&coolify.patch(&one, json!({ "urls": unknown })).await, 422);
    is(&coolify.patch(&one, json!({ "docker_compose_raw": STANDARD.encode("{") })).await, 500);
    variables(coolify, &format!("{one}/envs")).await;
    twice(coolify, &one).await;
}

/// Since 4.2 nothing can be created on it.
async fn on_a_build_server(version: Version) -> Vec<Answered> {
    let coolify = Coolify::with(Options { version, is_build_server: true, ..quick() }).await;
    coolify.simulator.keep_answers();
    let body = json!({ "docker_registry_image_name": "nginx", "ports_exposes": "80" });
    coolify.post("/applications/dockerimage", coolify.here(body)).await;
    coolify.post("/databases/redis", coolify.here(json!({ "name": "a" }))).await;
    coolify.post("/services", coolify.here(json!({ "type": "n8n" }))).await;
    coolify.get(&format!("/servers/{}", coolify.server)).await;
    coolify.simulator.take_answers()
}

/// Queues more deployments than the server keeps queued.
async fn full_queue(version: Version) -> Vec<Answered> {
    let pace = std::time::Duration::from_mins(1);
    let coolify =
        Coolify::with(Options { version, pace, budget_per_minute: None, ..quick() }).await;
    coolify.simulator.keep_answers();
    let app = coolify.working_app("busy").await;
    // The first one is in progress at once.
    for _ in 0..26 {
        coolify.post("/deploy", json!({ "uuid": app, "force": true })).await;
    }
    is(&coolify.post("/deploy", json!({ "uuid": app, "force": true })).await, 429);
    coolify.post(&format!("/applications/{app}/start?force=true"), json!({})).await;
    coolify.simulator.take_answers()
}
