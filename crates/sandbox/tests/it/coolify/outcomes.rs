//! Deployments that are made to fail, or to finish with a container that does not last.

use std::time::Duration;

use covibe_sandbox::coolify::{Condition, Options, Outcome, Outcomes, Version};
use serde_json::{Value, json};

use crate::git::Bot;
use crate::support::{Coolify, quick};

async fn arranged(version: Version) -> (Coolify, Outcomes, String) {
    let options = Options { version, ..quick() };
    let outcomes = options.outcomes.clone();
    let coolify = Coolify::with(options).await;
    let app = coolify.working_app("site").await;
    (coolify, outcomes, app)
}

async fn deployed(coolify: &Coolify, app: &str, status: &str) -> Value {
    let uuid = coolify.deploy(app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.until(&uuid, status).await
}

async fn shown(coolify: &Coolify, app: &str) -> Value {
    coolify.get(&format!("/applications/{app}")).await.json()
}

#[tokio::test]
async fn a_build_fails_with_its_lines_and_what_ran_runs_on() {
    for version in Version::ALL {
        let (coolify, outcomes, app) = arranged(version).await;
        let log = vec!["npm error code ERESOLVE".to_owned(), "exit code: 1".to_owned()];
        outcomes.next("site", Outcome::Fails { log: log.clone() });
        let failed = deployed(&coolify, &app, "failed").await;
        let lines: Vec<Value> = serde_json::from_str(failed["logs"].as_str().unwrap()).unwrap();
        let errors: Vec<_> = lines
            .iter()
            .filter(|line| line["type"] == "stderr")
            .map(|line| &line["output"])
            .collect();
        assert_eq!(errors, log.iter().collect::<Vec<_>>());
        assert_eq!(shown(&coolify, &app).await["status"], "exited");
        deployed(&coolify, &app, "finished").await;
        outcomes.next(&app, Outcome::Fails { log });
        deployed(&coolify, &app, "failed").await;
        assert_eq!(shown(&coolify, &app).await["status"], "running:healthy");
    }
}

#[tokio::test]
async fn a_container_may_end_though_its_deployment_has_finished() {
    for version in Version::ALL {
        let (coolify, outcomes, app) = arranged(version).await;
        for (condition, status, logs) in [
            (Condition::Exited, "exited", 400),
            (Condition::Unhealthy, "running:unhealthy", 200),
            (Condition::Restarting, "restarting:unknown", 400),
            (Condition::Healthy, "running:healthy", 200),
        ] {
            outcomes.next("site", Outcome::Finishes(condition));
            deployed(&coolify, &app, "finished").await;
            let one = shown(&coolify, &app).await;
            assert_eq!(one["status"], status);
            assert_eq!(one["restart_count"] != 0, condition == Condition::Restarting);
            assert_eq!(one["last_restart_at"].is_string(), condition == Condition::Restarting);
            assert_eq!(coolify.get(&format!("/applications/{app}/logs")).await.status, logs);
            assert_eq!(one.get("max_restart_count").is_none(), version == Version::Beta473);
        }
    }
}

#[tokio::test]
async fn restarts_are_counted() {
    let (coolify, outcomes, app) = arranged(Version::V4_3).await;
    outcomes.next("site", Outcome::Finishes(Condition::Restarting));
    deployed(&coolify, &app, "finished").await;
    let before = shown(&coolify, &app).await["restart_count"].as_u64().unwrap();
    tokio::time::sleep(Duration::from_millis(130)).await;
    assert!(shown(&coolify, &app).await["restart_count"].as_u64().unwrap() >= before + 2);
}

#[tokio::test]
async fn a_cancelled_deployment_puts_nothing_up() {
    let options = Options { pace: Duration::from_millis(300), ..quick() };
    let coolify = Coolify::with(options).await;
    let app = coolify.working_app("site").await;
    let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.post(&format!("/deployments/{uuid}/cancel"), json!({})).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(shown(&coolify, &app).await["status"], "exited");
}

#[tokio::test]
async fn a_database_may_end_too() {
    let (coolify, outcomes, _) = arranged(Version::V4_3).await;
    outcomes.next("db", Outcome::Finishes(Condition::Exited));
    let body = coolify.here(json!({ "name": "db", "instant_deploy": true }));
    let path = format!("/databases/{}", coolify.uuid("/databases/redis", body).await);
    tokio::time::sleep(Duration::from_millis(90)).await;
    assert_eq!(coolify.get(&path).await.json()["status"], "exited");
    assert_eq!(coolify.post(&format!("{path}/start"), json!({})).await.status, 200);
    tokio::time::sleep(Duration::from_millis(90)).await;
    assert_eq!(coolify.get(&path).await.json()["status"], "running:healthy");
}

#[tokio::test]
async fn the_compose_file_of_a_repository_is_read() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.push("work", "stack.yml", "services:\n  server:\n    image: x\n    volumes: ['data:/d']\n");
    let (coolify, _, app) = arranged(Version::V4_3).await;
    let path = format!("/applications/{app}");
    let body = json!({ "git_repository": bot.url("site"), "build_pack": "dockercompose", "docker_compose_location": "/missing.yml" });
    assert_eq!(coolify.patch(&path, body).await.status, 200);
    let failed = deployed(&coolify, &app, "failed").await;
    assert!(
        failed["logs"].as_str().unwrap().contains("Docker Compose file not found at: /missing.yml")
    );
    coolify.patch(&path, json!({ "docker_compose_location": "/stack.yml" })).await;
    deployed(&coolify, &app, "finished").await;
    let url = "https://site.mark.vibnai.com";
    let domains = json!([{ "name": "server", "domain": url }, { "name": "app", "domain": "https://b.mark.vibnai.com" }]);
    assert_eq!(
        coolify.patch(&path, json!({ "docker_compose_domains": domains })).await.status,
        200
    );
    let one = shown(&coolify, &app).await;
    assert_eq!(one["docker_compose_domains"], format!(r#"{{"server":{{"domain":"{url}"}}}}"#));
    let volumes = coolify.simulator.names(covibe_sandbox::coolify::Collection::Volumes);
    assert!(volumes.contains(&format!("{app}_data")), "{volumes:?}");
    coolify.delete(&path).await;
    assert!(
        !coolify
            .simulator
            .names(covibe_sandbox::coolify::Collection::Volumes)
            .contains(&format!("{app}_data"))
    );
}
