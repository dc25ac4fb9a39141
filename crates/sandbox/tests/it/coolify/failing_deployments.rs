//! Deployments that fail although no test has arranged it.

use serde_json::{Value, json};

use crate::gitea_repositories::Bot;
use crate::simulator_client::{Coolify, paused_options};

/// Deploys an application until the deployment has that status, and returns what it logged.
async fn deploy(coolify: &Coolify, app: &str, status: &str) -> String {
    let uuid = coolify.deploy(app).await["deployment_uuid"].as_str().unwrap().to_owned();
    let ended = coolify.wait_for_status(&uuid, status).await;
    let log: Vec<Value> = serde_json::from_str(ended["logs"].as_str().unwrap()).unwrap();
    let outputs: Vec<_> = log.iter().map(|entry| entry["output"].as_str().unwrap()).collect();
    outputs.join("\n")
}

async fn image(coolify: &Coolify, image: &str, more: Value) -> String {
    let (name, tag) = image.split_once(':').unwrap();
    let mut body = coolify.with_place(json!({
        "name": "web", "docker_registry_image_name": name, "docker_registry_image_tag": tag,
        "ports_exposes": "80", "autogenerate_domain": false,
    }));
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    coolify.uuid("/applications/dockerimage", body).await
}

#[tokio::test]
async fn a_deployment_of_a_missing_image_fails_with_dockers_reason() {
    let coolify = Coolify::with(paused_options()).await;
    let app = image(&coolify, "nginx:doesnotexist", json!({})).await;
    let log = deploy(&coolify, &app, "failed").await;
    assert!(log.contains("Pulling latest images from the registry."), "{log}");
    let reason = "Error response from daemon: manifest for nginx:doesnotexist not found: manifest unknown: manifest \
                  unknown";
    assert!(log.contains(reason) && !log.contains("git clone"), "{log}");
    let status =
        || async { coolify.get(&format!("/applications/{app}")).await.json()["status"].clone() };
    assert_eq!(status().await, "exited:unhealthy");
    let good = json!({ "docker_registry_image_tag": "alpine" });
    assert_eq!(coolify.patch(&format!("/applications/{app}"), good).await.status, 200);
    let log = deploy(&coolify, &app, "finished").await;
    assert!(log.contains("Starting deployment of nginx:alpine to"), "{log}");
    assert_eq!(status().await, "running:unknown");
}

#[tokio::test]
async fn a_health_check_on_a_port_without_a_listener_fails_the_deployment() {
    let coolify = Coolify::with(paused_options()).await;
    let check = json!({ "health_check_enabled": true, "health_check_path": "/" });
    let wrong = json!({ "ports_exposes": "3000" });
    let app = image(&coolify, "nginx:1.27", wrong).await;
    deploy(&coolify, &app, "finished").await;
    assert_eq!(coolify.patch(&format!("/applications/{app}"), check).await.status, 200);
    let log = deploy(&coolify, &app, "failed").await;
    assert!(log.contains("Connection refused") && log.contains("rolling back"), "{log}");
    let right = json!({ "ports_exposes": "80" });
    assert_eq!(coolify.patch(&format!("/applications/{app}"), right).await.status, 200);
    deploy(&coolify, &app, "finished").await;
}

#[tokio::test]
async fn a_database_with_a_missing_image_does_not_start() {
    let coolify = Coolify::with(paused_options()).await;
    for (image, status) in [("postgres:newest", "exited"), ("postgres:17", "running")] {
        let body = json!({ "name": "db", "image": image, "instant_deploy": true });
        let path = format!(
            "/databases/{}",
            coolify.uuid("/databases/postgresql", coolify.with_place(body)).await
        );
        coolify.simulator.advance(coolify.pace * 20);
        let told = coolify.get(&path).await.json()["status"].clone();
        assert!(told.as_str().unwrap().starts_with(status), "{image}: {told}");
    }
}

/// An application of a repository with a Dockerfile.
struct Built {
    bot: Bot,
    coolify: Coolify,
    app: String,
}

impl Built {
    async fn new(pack: &str) -> Self {
        let bot = Bot::new().await;
        bot.repository("site", true).await;
        bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
        let coolify = Coolify::with(paused_options()).await;
        let app = coolify.working_app("site").await;
        let body = json!({ "git_repository": bot.url("site"), "build_pack": pack, "ports_exposes": "3000" });
        assert_eq!(coolify.patch(&format!("/applications/{app}"), body).await.status, 200);
        Self { bot, coolify, app }
    }

    async fn set(&self, body: Value) {
        assert_eq!(
            self.coolify.patch(&format!("/applications/{}", self.app), body).await.status,
            200
        );
    }

    async fn status(&self) -> Value {
        self.coolify.get(&format!("/applications/{}", self.app)).await.json()["status"].clone()
    }
}

#[tokio::test]
async fn a_dockerfile_with_a_mistake_fails_the_deployment_with_its_reason() {
    let site = Built::new("dockerfile").await;
    for (dockerfile, reason) in [
        ("FROM node:22\nWORKDIRR /app\n", "unknown instruction: WORKDIRR (did you mean WORKDIR?)"),
        ("FROM node:22\nCOPY package.json .\n", "\"/package.json\": not found"),
        ("FROM node:22\nRUN npm ci && exit 9\n", "did not complete successfully: exit code: 9"),
        ("FROM node:doesnotexist\n", "node:doesnotexist: not found"),
    ] {
        site.bot.push("work", "Dockerfile", dockerfile);
        let log = deploy(&site.coolify, &site.app, "failed").await;
        assert!(log.contains(">>>") && log.contains(reason), "{log}");
    }
    site.bot.push("work", "Dockerfile", "FROM node:22\nCOPY . .\nEXPOSE 3000\n");
    deploy(&site.coolify, &site.app, "finished").await;
    assert_eq!(site.status().await, "running:unknown");
}

#[tokio::test]
async fn a_health_check_on_a_port_other_than_the_exposed_one_fails_the_deployment() {
    let site = Built::new("dockerfile").await;
    site.bot.push("work", "Dockerfile", "FROM node:22\nEXPOSE 8080\n");
    site.set(json!({ "health_check_enabled": true })).await;
    let log = deploy(&site.coolify, &site.app, "failed").await;
    assert!(log.contains("New container is unhealthy."), "{log}");
    site.set(json!({ "ports_exposes": "8080" })).await;
    deploy(&site.coolify, &site.app, "finished").await;
}

#[tokio::test]
async fn a_start_command_that_ends_at_once_leaves_the_application_restarting() {
    let site = Built::new("nixpacks").await;
    site.bot.push("work", "package.json", r#"{"scripts":{"start":"node ."}}"#);
    site.set(json!({ "start_command": "echo no database; exit 3" })).await;
    deploy(&site.coolify, &site.app, "finished").await;
    assert_eq!(site.status().await, "restarting:unknown");
    site.set(json!({ "start_command": "npm start" })).await;
    deploy(&site.coolify, &site.app, "finished").await;
    assert_eq!(site.status().await, "running:unknown");
    site.bot.push("work", "package.json", r#"{"scripts":{"start":"exit 1"}}"#);
    deploy(&site.coolify, &site.app, "finished").await;
    assert_eq!(site.status().await, "restarting:unknown");
}

#[tokio::test]
async fn a_compose_app_is_degraded_by_an_exiting_service_and_fails_by_a_missing_image() {
    let site = Built::new("dockercompose").await;
    let push = |web: &str| {
        let file = format!(
            "services:\n  web: {{image: 'nginx:1', command: [{web}]}}\n  api: {{image: 'acme/api:1'}}\n"
        );
        site.bot.push("work", "docker-compose.yaml", &file);
    };
    push("sh, -c, 'exit 3'");
    deploy(&site.coolify, &site.app, "finished").await;
    assert_eq!(site.status().await, "degraded:unhealthy");
    push("nginx");
    deploy(&site.coolify, &site.app, "finished").await;
    assert_eq!(site.status().await, "running:unknown");
    site.bot.push("work", "docker-compose.yaml", "services:\n  web: {image: 'ngnix:1'}\n");
    let log = deploy(&site.coolify, &site.app, "failed").await;
    assert!(log.contains("pull access denied for ngnix, repository does not exist"), "{log}");
}
