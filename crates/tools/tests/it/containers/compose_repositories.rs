//! The containers of apps that are a compose file in a repository: Coolify gives them new names at each deployment.

use super::image_labels::{RULE, deploy, label, watch_counts};
use super::*;

const FILE: &str = "services:
  web: {image: 'nginx:1', expose: ['80']}
  worker-2: {image: 'node:22', command: [node, worker.js]}
";

/// A deployed app of mark's from the compose file in the repository `code`.
async fn deployed(world: &World) -> String {
    expect_success(world, "repos.create", json!({ "name": "code" })).await;
    let files = json!([{ "path": "docker-compose.yaml", "content": FILE }]);
    let commit = json!({ "repo": "code", "message": "Add the file", "files": files });
    expect_success(world, "repos.commit", commit).await;
    let params = json!({
        "repo": "code", "name": "code", "buildPack": "dockercompose", "ports": "80",
        "instantDeploy": false,
    });
    let made = expect_success(world, "apps.create", params).await;
    let uuid = made["uuid"].as_str().expect("a uuid").to_owned();
    let outcome = deploy(world, &uuid).await;
    assert!(matches!(outcome["verdict"].as_str(), Some("running" | "healthy")), "{outcome}");
    uuid
}

/// The names of the app's containers that run, by an operation for each service.
async fn names_by_exec(world: &World, app: &str) -> Vec<String> {
    let mut names = Vec::new();
    for service in ["web", "worker-2"] {
        let params = json!({ "uuid": app, "service": service, "command": "true" });
        let answer = expect_success(world, "apps.exec", params).await;
        assert_eq!(answer["code"], 0, "{answer}");
        let name = answer["container"].as_str().expect("a name");
        let time = name.strip_prefix(&format!("{service}-{app}-")).expect("the name of Coolify");
        assert!(time.len() == 12 && time.bytes().all(|b| b.is_ascii_digit()), "{name}");
        names.push(name.to_owned());
    }
    names
}

async fn statuses(world: &World, app: &str) -> [Value; 2] {
    let logs = expect_success(world, "apps.logs", json!({ "uuid": app })).await;
    ["web", "worker-2"].map(|name| service(&logs, name)["status"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_logs_find_the_containers_of_each_deployment() {
    let world = World::embedded().await;
    let app = deployed(&world).await;
    let first = names_by_exec(&world, &app).await;
    assert_eq!(statuses(&world, &app).await, ["running", "running"]);
    deploy(&world, &app).await;
    let second = names_by_exec(&world, &app).await;
    assert!(first.iter().all(|name| !second.contains(name)), "{first:?} {second:?}");
    assert_eq!(statuses(&world, &app).await, ["running", "running"]);
}

/// The image of a service, or one that a Dockerfile builds on, brings a route to another tenant's host.
#[tokio::test(flavor = "multi_thread")]
async fn a_route_from_an_image_ends_all_containers_and_rejects_the_deployment() {
    let world = World::embedded().await;
    let app = deployed(&world).await;
    label(&world, "code", &[RULE]);
    let outcome = deploy(&world, &app).await;
    assert_eq!(outcome["verdict"], "rejected", "{outcome}");
    assert!(outcome["reason"].as_str().is_some_and(|reason| reason.contains(RULE)), "{outcome}");
    assert_eq!(statuses(&world, &app).await, ["exited", "exited"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_ends_containers_with_a_route_from_their_image() {
    let world = World::embedded().await;
    let app = deployed(&world).await;
    label(&world, "code", &[RULE]);
    let process = world.process().await;
    assert_eq!(watch_counts(&process).await, [2, 0, 0]);
    assert_eq!(statuses(&world, &app).await, ["exited", "exited"]);
}
