//! Objects of resources besides their columns: storages, tasks, backups, labels, destinations.

use covibe_sandbox::coolify::{Collection, Version};
use serde_json::{Value, json};

use crate::simulator_client::{Coolify, PACE, paused_options};

const VOLUME: &str = "data";

fn persistent(name: &str) -> Value {
    json!({ "type": "persistent", "name": name, "mount_path": "/data" })
}

#[tokio::test]
async fn a_storage_becomes_a_volume_with_the_next_deployment_and_outlives_its_removal() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let app = coolify.working_app("site").await;
    let path = format!("/applications/{app}/storages");
    let one = coolify.uuid(&path, persistent(VOLUME)).await;
    assert_eq!(coolify.post(&path, persistent(VOLUME)).await.status, 500, "the name is taken");
    let volume = format!("{app}-{VOLUME}");
    let listed = coolify.get(&path).await.json();
    assert_eq!(listed["persistent_storages"][0]["name"], json!(volume));
    let has_volume = || coolify.simulator.names(Collection::Volumes).contains(&volume);
    assert!(!has_volume());
    let deployment = coolify.deploy(&app).await;
    coolify.wait_for_status(deployment["deployment_uuid"].as_str().unwrap(), "finished").await;
    coolify.simulator.advance(coolify.pace);
    coolify.get(&path).await;
    assert!(has_volume());
    assert_eq!(coolify.delete(&format!("{path}/{one}")).await.status, 200);
    assert_eq!(coolify.get(&path).await.json()["persistent_storages"], json!([]));
    assert!(has_volume());
}

#[tokio::test]
async fn storages_of_databases_and_of_compose_files_are_listed() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let database =
        coolify.uuid("/databases/redis", coolify.with_place(json!({ "name": "a" }))).await;
    let listed = coolify.get(&format!("/databases/{database}/storages")).await.json();
    let one = &listed["persistent_storages"][0];
    assert_eq!(
        (&one["name"], &one["mount_path"]),
        (&json!(format!("redis-data-{database}")), &json!("/data"))
    );
    let body = json!({ "type": "pocketbase" });
    let service = coolify.uuid("/services", coolify.with_place(body)).await;
    let part = coolify.get(&format!("/services/{service}/applications")).await.json();
    let listed = coolify.get(&format!("/services/{service}/storages")).await.json();
    let one = &listed["persistent_storages"][0];
    assert_eq!(one["name"], json!(format!("{service}_pocketbase-data")));
    assert_eq!(one["resource_uuid"], part[0]["uuid"]);
}

#[tokio::test]
async fn the_port_in_the_labels_changes_only_with_a_patch_of_the_domains() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let mut body = coolify.app("site");
    body["domains"] = json!("https://site.mark.vibnai.com");
    let app = coolify.uuid("/applications/public", body).await;
    let path = format!("/applications/{app}");
    let has_port = async |port: u16| {
        let labels = coolify.get(&path).await.json()["custom_labels"].as_str().unwrap().to_owned();
        labels.contains(&format!("loadbalancer.server.port={port}"))
    };
    assert!(has_port(3000).await);
    coolify.patch(&path, json!({ "ports_exposes": "8080" })).await;
    assert!(has_port(3000).await);
    let domains = json!("https://site.mark.vibnai.com");
    coolify.patch(&path, json!({ "ports_exposes": "8080", "domains": domains })).await;
    assert!(has_port(8080).await);
}

#[tokio::test]
async fn a_task_without_a_running_container_fails() {
    let coolify = Coolify::with(paused_options()).await;
    let app = coolify.working_app("site").await;
    let path = format!("/applications/{app}/scheduled-tasks");
    let task = json!({ "name": "once", "command": "date", "frequency": "@daily" });
    let one = format!("{path}/{}", coolify.uuid(&path, task).await);
    assert_eq!(coolify.post(&format!("{one}/execute"), json!({})).await.status, 200);
    let executions = async || coolify.get(&format!("{one}/executions")).await.json();
    assert_eq!(executions().await, json!([]), "the worker has not taken it up yet");
    coolify.simulator.advance(PACE * 2);
    let failed = executions().await[0].clone();
    assert_eq!(failed["status"], "failed");
    assert!(failed["message"].as_str().unwrap().contains("No containers running."));
}

#[tokio::test]
async fn backups_of_another_database_type_with_the_same_id_are_listed() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let make = async |flavor: &str| {
        let path = format!("/databases/{flavor}");
        coolify.uuid(&path, coolify.with_place(json!({ "name": "a" }))).await
    };
    let (mysql, redis) = (make("mysql").await, make("redis").await);
    let path = format!("/databases/{mysql}/backups");
    let backup = coolify.uuid(&path, json!({ "frequency": "daily" })).await;
    let listed = coolify.get(&format!("/databases/{redis}/backups")).await.json();
    assert_eq!(
        (&listed[0]["uuid"], &listed[0]["database_type"]),
        (&json!(backup), &json!("App\\Models\\StandaloneMysql"))
    );
}

#[tokio::test]
async fn a_destination_is_created_without_its_network_and_deployments_to_it_fail() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let destinations = format!("/servers/{}/destinations", coolify.server);
    let network = json!({ "name": "tenant", "network": "tenant" });
    let one = coolify.uuid(&destinations, network.clone()).await;
    assert_eq!(coolify.post(&destinations, network).await.status, 409);
    let mut body = coolify.with_place(json!({ "docker_registry_image_name": "nginx" }));
    assert_eq!(coolify.post("/applications/dockerimage", body.clone()).await.status, 400);
    body["destination_uuid"] = json!(one);
    let app = coolify.uuid("/applications/dockerimage", body).await;
    let deployment = coolify.deploy(&app).await;
    coolify.wait_for_status(deployment["deployment_uuid"].as_str().unwrap(), "failed").await;
    assert_eq!(coolify.delete(&format!("/destinations/{one}")).await.status, 409);
}
