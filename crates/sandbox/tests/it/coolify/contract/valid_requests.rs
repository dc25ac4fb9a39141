//! Every route with its required input.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::Answered;
use covibe_sandbox::coolify::{Version, routes};
use serde_json::{Value, json};

use super::subresources;
use crate::coolify::private_keys::{KEY, OTHER};
use crate::simulator_client::{Client, Coolify};

/// A file of a container with a URL, one that only runs, and a database.
pub(super) const FILE: &str = "services:
  web: {image: nginx, environment: [SERVICE_URL_WEB_80, 'A=${LEVEL:-info}', 'B=$SERVICE_PASSWORD_B']}
  worker: {image: busybox}
  db: {image: postgres}
";

/// Returns the answers of the simulator.
pub(super) async fn answers(version: Version) -> Vec<Answered> {
    let coolify = super::coolify(version).await;
    coolify.simulator.keep_answers();
    team(&coolify).await;
    applications(&coolify, version).await;
    variables(&coolify).await;
    databases(&coolify, version).await;
    services(&coolify).await;
    deployments(&coolify, version).await;
    for (family, body) in kinds(&coolify) {
        control(&coolify, version, family, &body).await;
    }
    subresources::walk(&coolify, version).await;
    lists(&coolify, version).await;
    coolify.simulator.take_answers()
}

/// Returns a way to create one of each family.
fn kinds(coolify: &Coolify) -> [(&'static str, (&'static str, Value)); 3] {
    let image =
        coolify.with_place(json!({ "docker_registry_image_name": "nginx", "ports_exposes": "80" }));
    [
        ("applications", ("/applications/dockerimage", image)),
        ("databases", ("/databases/redis", coolify.with_place(json!({ "name": "controlled" })))),
        ("services", ("/services", coolify.with_place(json!({ "type": "pocketbase" })))),
    ]
}

/// Reads every list without an id, while each has an entry.
async fn lists(coolify: &Coolify, version: Version) {
    for (method, path) in routes(version) {
        if method == "GET" && !path.contains('{') && path != "/deploy" {
            coolify.get(&path).await;
        }
    }
    coolify.get(&format!("/servers/{}", coolify.server)).await;
    coolify
        .patch(&format!("/servers/{}", coolify.server), json!({ "proxy_type": "traefik" }))
        .await;
    coolify.get(&format!("/servers/{}/resources", coolify.server)).await;
    coolify.get(&format!("/projects/{}/production", coolify.project)).await;
}

/// Keys, projects and environments.
async fn team(coolify: &Coolify) {
    let key = coolify.uuid("/security/keys", json!({ "private_key": KEY })).await;
    let key = format!("/security/keys/{key}");
    coolify.get("/security/keys").await;
    coolify.get(&key).await;
    coolify.patch(&key, json!({ "private_key": OTHER, "description": "d" })).await;
    coolify.get(&key).await;
    coolify.delete(&key).await;
    let project = coolify.uuid("/projects", json!({ "name": "other", "description": "d" })).await;
    let project = format!("/projects/{project}");
    coolify.post(&format!("{project}/environments"), json!({ "name": "staging" })).await;
    coolify.get(&format!("{project}/environments")).await;
    coolify.get(&format!("{project}/staging")).await;
    coolify.patch(&project, json!({ "name": "another" })).await;
    coolify.get(&project).await;
    coolify.delete(&project).await;
}

/// Applications of every source, changed in many ways.
async fn applications(coolify: &Coolify, version: Version) {
    let key = coolify.uuid("/security/keys", json!({ "private_key": KEY })).await;
    let mut body = coolify.app("keyed");
    body["private_key_uuid"] = json!(key);
    body["git_repository"] = json!("git@git.test:vibn-mark/site.git");
    let keyed = coolify.uuid("/applications/private-deploy-key", body).await;
    coolify.get(&format!("/applications/{keyed}")).await;
    let mut stack = coolify.app("stack");
    stack["build_pack"] = json!("dockercompose");
    let stack = coolify.uuid("/applications/public", stack).await;
    let stack = format!("/applications/{stack}");
    let repository = "https://mark-bot:0123456789abcdef@git.test/vibn-mark/site.git";
    coolify.patch(&stack, json!({ "git_repository": repository })).await;
    let deployment = coolify.deploy(stack.trim_start_matches("/applications/")).await;
    coolify.wait_for_status(deployment["deployment_uuid"].as_str().unwrap(), "finished").await;
    let domains = json!([{ "name": "app", "domain": "https://app.mark.vibnai.com" }]);
    coolify.patch(&stack, json!({ "docker_compose_domains": domains })).await;
    coolify.get(&stack).await;
    let app = coolify.uuid("/applications/public", coolify.app("site")).await;
    let change = json!({ "name": "renamed", "description": "d", "domains": "https://b.mark.vibnai.com",
                         "build_pack": "dockerfile", "install_command": "npm ci" });
    coolify.patch(&format!("/applications/{app}"), change).await;
    coolify.get(&format!("/applications/{app}")).await;
    coolify.delete(&format!("/applications/{app}")).await;
    if version == Version::Beta473 {
        let body = coolify.with_place(json!({ "docker_compose_raw": STANDARD.encode(FILE) }));
        coolify.uuid("/applications/dockercompose", body).await;
    }
}

/// Variables of an application and of a service.
async fn variables(coolify: &Coolify) {
    let app = coolify.uuid("/applications/public", coolify.app("varied")).await;
    let service = coolify.uuid("/services", coolify.with_place(json!({ "type": "logto" }))).await;
    for path in [format!("/applications/{app}/envs"), format!("/services/{service}/envs")] {
        coolify.post(&path, json!({ "key": "A", "value": "1", "comment": "c" })).await;
        coolify.post(&path, json!({ "key": "ONCE", "value": "1", "is_shown_once": true })).await;
        coolify.patch(&path, json!({ "key": "A", "value": "$A", "is_literal": true })).await;
        let data = json!([{ "key": "A", "value": "2" }, { "key": "B", "value": "3" }]);
        coolify.patch(&format!("{path}/bulk"), json!({ "data": data })).await;
        let listed = coolify.get(&path).await.json();
        let uuid = listed[0]["uuid"].as_str().unwrap().to_owned();
        coolify.delete(&format!("{path}/{uuid}")).await;
    }
}

/// A database of each flavor, one of them public, changed and taken away again.
async fn databases(coolify: &Coolify, version: Version) {
    let creations = routes(version).into_iter().filter(|(method, path)| {
        *method == "POST" && path.starts_with("/databases/") && !path.contains('{')
    });
    for (number, (_, path)) in creations.enumerate() {
        let body = json!({ "name": "data", "instant_deploy": true, "is_public": true,
                           "public_port": 20_000 + number });
        let uuid = coolify.uuid(&path, coolify.with_place(body)).await;
        let one = format!("/databases/{uuid}");
        coolify.get(&one).await;
        coolify.patch(&one, json!({ "name": "renamed", "limits_memory": "512m" })).await;
    }
    let gone =
        coolify.uuid("/databases/redis", coolify.with_place(json!({ "name": "gone" }))).await;
    coolify.delete(&format!("/databases/{gone}")).await;
}

/// Services of a file and of a template.
async fn services(coolify: &Coolify) {
    let urls = json!([{ "name": "web", "url": "https://web.mark.vibnai.com:80" }]);
    let body =
        json!({ "name": "stack", "docker_compose_raw": STANDARD.encode(FILE), "urls": urls });
    let stack = coolify.uuid("/services", coolify.with_place(body)).await;
    let stack = format!("/services/{stack}");
    coolify.get(&stack).await;
    let cleared = json!([{ "name": "web", "url": "" }]);
    let raw = STANDARD.encode(FILE.replace("nginx", "caddy"));
    let change = json!({ "name": "renamed", "docker_compose_raw": raw, "urls": cleared,
                         "connect_to_docker_network": true });
    coolify.patch(&stack, change).await;
    coolify.get(&stack).await;
    let gone = coolify.uuid("/services", coolify.with_place(json!({ "type": "n8n" }))).await;
    coolify.delete(&format!("/services/{gone}")).await;
}

/// Deployments in each state, and the two ways to ask for one.
async fn deployments(coolify: &Coolify, version: Version) {
    let app = coolify.working_app("deployed").await;
    let queued = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    // Of the same commit, and so skipped.
    coolify.deploy(&app).await;
    coolify.get(&format!("/deployments/{queued}")).await;
    coolify.get("/deployments").await;
    coolify.wait_for_status(&queued, "finished").await;
    let broken = coolify.uuid("/applications/public", coolify.app("broken")).await;
    let failing = coolify.deploy(&broken).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.wait_for_status(&failing, "failed").await;
    let cancelled = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.post(&format!("/deployments/{cancelled}/cancel"), json!({})).await;
    coolify.get(&format!("/deployments/{cancelled}")).await;
    coolify.get(&format!("/deployments/applications/{app}?take=2")).await;
    coolify.get(&format!("/applications/{app}")).await;
    coolify.get(&format!("/applications/{app}/logs")).await;
    if version < Version::V4_3 {
        coolify.get(&format!("/deploy?uuid={app}")).await;
    }
}

/// Started, restarted and stopped, by every method that the release takes.
async fn control(coolify: &Coolify, version: Version, family: &str, (path, body): &(&str, Value)) {
    for method in ["POST", "GET"] {
        if method == "GET" && version == Version::V4_3 {
            continue;
        }
        let uuid = coolify.uuid(path, body.clone()).await;
        let one = format!("/{family}/{uuid}");
        for verb in ["start", "restart", "stop"] {
            let answer = Client::send(coolify.request(method, &format!("{one}/{verb}"))).await;
            assert_eq!(answer.status, 200, "{method} {one}/{verb}: {}", answer.text);
            until_told(coolify, &one, verb).await;
            coolify.get(&one).await;
        }
        coolify.post("/deploy", json!({ "uuid": uuid })).await;
        coolify.delete(&one).await;
    }
}

/// Waits while it is neither up nor stopped.
async fn until_told(coolify: &Coolify, one: &str, verb: &str) {
    let wanted = if verb == "stop" { "exited" } else { "running" };
    for _ in 0..200 {
        let status = coolify.get(one).await.json()["status"].as_str().unwrap().to_owned();
        if status.starts_with(wanted) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{one} is never told as {wanted}");
}
