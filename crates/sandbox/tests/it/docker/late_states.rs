//! Actions of docker without Coolify, which Coolify notices late, and the reverse.

use std::time::Duration;

use covibe_sandbox::coolify::{Condition, Options};
use serde_json::json;

use super::Host;
use crate::simulator_client::paused_options;

/// The time until Coolify looks.
const LOOK: Duration = Duration::from_hours(10);

async fn host() -> Host {
    Host::with(Options { look: Some(LOOK), ..paused_options() }).await
}

async fn status(host: &Host, path: &str) -> String {
    host.coolify.get(path).await.json()["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn coolify_reports_a_stop_and_a_start_by_docker_only_after_its_next_check() {
    let host = host().await;
    let app = host.app("site", "acme/site:2", Condition::Running).await;
    let path = format!("/applications/{app}");
    let id = host.only_container(&app).await;
    assert_eq!(status(&host, &path).await, "running:unknown");
    assert_eq!(host.post(&format!("/containers/{id}/stop?t=30")).await.status, 204);
    assert_eq!(host.post(&format!("/containers/{id}/stop")).await.status, 304);
    let stopped = host.inspect(&id).await;
    assert_eq!(stopped["State"]["Status"], "exited");
    assert_eq!(stopped["State"]["ExitCode"], 137, "Node.js does not heed SIGTERM");
    assert_eq!(status(&host, &path).await, "running:unknown");
    host.engine.advance(LOOK);
    assert_eq!(status(&host, &path).await, "exited:unhealthy");
    assert_eq!(host.post(&format!("/containers/{id}/start")).await.status, 204);
    assert_eq!(host.post(&format!("/containers/{id}/start")).await.status, 304);
    assert_eq!(status(&host, &path).await, "exited:unhealthy");
    host.engine.advance(LOOK);
    assert_eq!(status(&host, &path).await, "running:unknown");
    assert_eq!(host.only_container(&app).await, id, "it is the same container");
}

#[tokio::test]
async fn a_deployment_recreates_a_container_that_docker_removed() {
    let host = host().await;
    let app = host.app("site", "acme/site:2", Condition::Running).await;
    let id = host.only_container(&app).await;
    let refused = host.delete(&format!("/containers/{id}")).await;
    assert_eq!(refused.status, 409);
    assert!(refused.message().contains("stop the container before removing or force remove"));
    assert_eq!(host.delete(&format!("/containers/{id}?force=true&v=true")).await.status, 204);
    assert!(host.containers(&app).await.is_empty());
    host.deploy(&app).await;
    let next = host.only_container(&app).await;
    assert_ne!(next, id);
    assert_eq!(host.inspect(&next).await["State"]["Running"], true);
}

#[tokio::test]
async fn a_service_with_one_stopped_container_is_degraded() {
    let host = host().await;
    let file = "services:\n  web:\n    image: nginx:1.27\n  api:\n    image: acme/api:1\n";
    let service = host.service(file).await;
    let path = format!("/services/{service}");
    host.engine.advance(LOOK);
    assert_eq!(status(&host, &path).await, "running:unknown");
    assert_eq!(host.post(&format!("/containers/web-{service}/stop")).await.status, 204);
    let exited = host.inspect(&format!("web-{service}")).await;
    assert_eq!(exited["State"]["ExitCode"], 0, "nginx ends properly");
    host.engine.advance(LOOK);
    assert_eq!(status(&host, &path).await, "degraded:unhealthy");
    let shown = host.coolify.get(&path).await.json();
    let of = |name: &str| {
        let list = shown["applications"].as_array().unwrap();
        list.iter().find(|one| one["name"] == name).unwrap()["status"].clone()
    };
    assert_eq!((of("web"), of("api")), (json!("exited"), json!("running:unknown")));
    host.post(&format!("/containers/api-{service}/stop")).await;
    host.engine.advance(LOOK);
    assert_eq!(status(&host, &path).await, "exited");
    host.post(&format!("/containers/web-{service}/start")).await;
    host.post(&format!("/containers/api-{service}/restart")).await;
    host.engine.advance(LOOK);
    assert_eq!(status(&host, &path).await, "running:unknown");
}

#[tokio::test]
async fn a_restart_by_docker_keeps_a_database_and_one_by_coolify_replaces_it() {
    let host = host().await;
    let database = host.database("main").await;
    let id = host.only_container(&database).await;
    let log = |id: String| {
        let path = format!("/containers/{id}/logs?stdout=1&stderr=1");
        let host = &host;
        async move { host.get(&path).await.texts().concat() }
    };
    assert_eq!(host.post(&format!("/containers/{id}/restart?t=5")).await.status, 204);
    assert_eq!(host.only_container(&database).await, id);
    let kept = log(id.clone()).await;
    assert_eq!(kept.matches("is ready to accept connections").count(), 2, "{kept}");
    assert!(kept.contains("database system is shut down"), "{kept}");
    host.engine.advance(LOOK);
    host.coolify.post(&format!("/databases/{database}/restart"), json!({})).await;
    host.wait();
    let next = host.only_container(&database).await;
    assert_ne!(next, id, "of the same name");
    assert_eq!(log(next).await.matches("is ready to accept connections").count(), 1);
}

#[tokio::test]
async fn an_application_is_deployed_to_a_destination_once_docker_has_its_network() {
    let host = host().await;
    let (engine, coolify) = (&host, &host.coolify);
    let path = format!("/servers/{}/destinations", coolify.server);
    let body = json!({ "name": "covibe-mark", "network": "covibe-mark" });
    let destination = coolify.uuid(&path, body).await;
    assert_eq!(engine.get("/networks/covibe-mark").await.status, 404);
    let body = json!({ "Name": "covibe-mark", "Attachable": true, "Labels": { "a": "b" } });
    assert_eq!(engine.send("POST", "/networks/create", &body).await.status, 201);
    assert_eq!(engine.send("POST", "/networks/create", &body).await.status, 409);
    let shown = engine.get("/networks/covibe-mark").await.json();
    assert_eq!((&shown["Attachable"], &shown["Labels"]), (&json!(true), &json!({ "a": "b" })));
    let mut body = coolify.with_place(json!({
        "name": "site", "docker_registry_image_name": "acme/site", "docker_registry_image_tag": "1",
        "ports_exposes": "3000", "autogenerate_domain": false,
    }));
    body["destination_uuid"] = json!(destination);
    let app = coolify.uuid("/applications/dockerimage", body).await;
    engine.deploy(&app).await;
    let inspected = engine.inspect(&engine.only_container(&app).await).await;
    let networks = inspected["NetworkSettings"]["Networks"].as_object().unwrap();
    assert_eq!(networks.keys().collect::<Vec<_>>(), ["covibe-mark"]);
    let on_it = engine.get("/networks/covibe-mark").await.json();
    assert!(on_it["Containers"].get(inspected["Id"].as_str().unwrap()).is_some(), "{on_it}");
    let proxy = engine.inspect("coolify-proxy").await;
    let joined = &proxy["NetworkSettings"]["Networks"];
    assert!(joined.get("covibe-mark").is_some(), "Coolify connects it: {joined}");
}

#[tokio::test]
async fn docker_removes_a_network_only_if_no_container_is_connected_to_it() {
    let host = host().await;
    let (engine, coolify) = (&host, &host.coolify);
    let remove = async |name: &str| {
        engine.send("DELETE", &format!("/networks/{name}"), &json!(null)).await.status
    };
    assert_eq!((remove("covibe-mark").await, remove("host").await), (404, 403));
    let body = json!({ "Name": "covibe-mark", "Attachable": true });
    assert_eq!(engine.send("POST", "/networks/create", &body).await.status, 201);
    let path = format!("/servers/{}/destinations", coolify.server);
    coolify.uuid(&path, json!({ "network": "covibe-mark" })).await;
    assert_eq!(remove("covibe-mark").await, 403, "Coolify's proxy is on it");
    let again = coolify.post(&path, json!({ "network": "covibe-mark" })).await;
    assert_eq!(again.status, 409);
    let body = json!({ "Name": "covibe-other", "Attachable": true });
    assert_eq!(engine.send("POST", "/networks/create", &body).await.status, 201);
    assert_eq!(remove("covibe-other").await, 204);
    assert_eq!(engine.get("/networks/covibe-other").await.status, 404);
}
