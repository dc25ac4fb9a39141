//! Every route about what belongs to a resource beside its columns.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::coolify::Version;
use serde_json::json;

use super::valid_requests::FILE;
use crate::simulator_client::Coolify;

/// Calls them all, so far as the release has them.
pub(super) async fn walk(coolify: &Coolify, version: Version) {
    let app = coolify.working_app("attached").await;
    let database =
        coolify.uuid("/databases/postgresql", coolify.with_place(json!({ "name": "b" }))).await;
    let file = json!({ "docker_compose_raw": STANDARD.encode(FILE) });
    let service = coolify.uuid("/services", coolify.with_place(file)).await;
    for owner in [format!("/applications/{app}"), format!("/databases/{database}")] {
        storages(coolify, &format!("{owner}/storages")).await;
    }
    coolify.get(&format!("/services/{service}/storages")).await;
    for owner in [format!("/applications/{app}"), format!("/services/{service}")] {
        tasks(coolify, version, &format!("{owner}/scheduled-tasks")).await;
    }
    backups(coolify, &format!("/databases/{database}/backups")).await;
    team(coolify).await;
    let dockerfile =
        json!({ "dockerfile": STANDARD.encode("FROM scratch"), "ports_exposes": "80" });
    coolify.uuid("/applications/dockerfile", coolify.with_place(dockerfile)).await;
    if version >= Version::V4_3 {
        since_4_2(coolify, &app, &database, &service).await;
    }
}

async fn storages(coolify: &Coolify, path: &str) {
    let body = json!({ "type": "persistent", "name": "data", "mount_path": "/data" });
    let one = coolify.uuid(path, body).await;
    let file = json!({ "type": "file", "mount_path": "/etc/app.conf", "content": "x=1" });
    coolify.uuid(path, file).await;
    coolify.patch(path, json!({ "uuid": one, "type": "persistent", "mount_path": "/d" })).await;
    coolify.get(path).await;
    coolify.delete(&format!("{path}/{one}")).await;
}

async fn tasks(coolify: &Coolify, version: Version, path: &str) {
    let body = json!({ "name": "nightly", "command": "date", "frequency": "0 3 * * *" });
    let one = format!("{path}/{}", coolify.uuid(path, body).await);
    coolify.get(path).await;
    coolify.patch(&one, json!({ "enabled": false })).await;
    if version >= Version::V4_3 {
        coolify.post(&format!("{one}/execute"), json!({})).await;
        coolify.simulator.advance(coolify.pace * 3);
    }
    coolify.get(&format!("{one}/executions")).await;
    coolify.delete(&one).await;
}

async fn backups(coolify: &Coolify, path: &str) {
    let one = coolify.uuid(path, json!({ "frequency": "daily" })).await;
    coolify.get(path).await;
    coolify.delete(&format!("{path}/{one}")).await;
}

async fn team(coolify: &Coolify) {
    let environments = format!("/projects/{}/environments", coolify.project);
    coolify.post(&environments, json!({ "name": "staging" })).await;
    coolify.delete(&format!("{environments}/staging")).await;
    coolify.get(&format!("/servers/{}/domains", coolify.server)).await;
}

async fn since_4_2(coolify: &Coolify, app: &str, database: &str, service: &str) {
    let destinations = format!("/servers/{}/destinations", coolify.server);
    let one = coolify.uuid(&destinations, json!({ "network": "tenant" })).await;
    coolify.get(&destinations).await;
    coolify.get(&format!("/destinations/{one}")).await;
    coolify.delete(&format!("/destinations/{one}")).await;
    let app = format!("/applications/{app}");
    coolify.get(&format!("{app}/destinations")).await;
    let tags = coolify.post(&format!("{app}/tags"), json!({ "tag_name": "t1" })).await.json();
    coolify.get(&format!("{app}/tags")).await;
    coolify.delete(&format!("{app}/tags/{}", tags[0]["uuid"].as_str().unwrap())).await;
    let answer = coolify.post(&format!("{app}/rollback"), json!({ "commit": "abc" })).await.json();
    coolify.wait_for_status(answer["deployment_uuid"].as_str().unwrap(), "finished").await;
    coolify.get(&format!("{app}/rollback-images")).await;
    coolify.get(&format!("/databases/{database}/envs")).await;
    let service = format!("/services/{service}");
    coolify.get(&format!("{service}/applications")).await;
    coolify.get(&format!("{service}/databases")).await;
    coolify.post(&format!("{service}/start"), json!({})).await;
    coolify.simulator.advance(coolify.pace * 2);
    coolify.get(&format!("{service}/logs?sub_service_name=web")).await;
    let parts = coolify.get(&format!("{service}/applications")).await.json();
    let part = parts[0]["uuid"].as_str().unwrap_or("none").to_owned();
    coolify.get(&format!("{service}/applications/{part}/logs")).await;
    let excluded = json!({ "exclude_from_status": true });
    coolify.patch(&format!("{service}/applications/{part}"), excluded).await;
    coolify.post(&format!("{service}/applications/{part}/stop"), json!({})).await;
    let parts = coolify.get(&format!("{service}/databases")).await.json();
    let part = parts[0]["uuid"].as_str().unwrap_or("none").to_owned();
    coolify.post(&format!("{service}/databases/{part}/stop"), json!({})).await;
    let bucket = json!({ "name": "backups", "endpoint": "https://192.0.2.1", "bucket": "backups",
                         "region": "r", "key": "k", "secret": "s" });
    coolify.uuid("/s3-storages", bucket).await;
}
