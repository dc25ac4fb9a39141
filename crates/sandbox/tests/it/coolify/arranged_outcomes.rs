//! Arranged outcomes: deployments that fail, and containers that do not stay up.

use covibe_sandbox::coolify::{Condition, Options, Outcome, Outcomes, Version};
use serde_json::{Value, json};

use crate::gitea_repositories::Bot;
use crate::simulator_client::{Coolify, PACE, paused_options};

/// Returns a Coolify with an application `site`, and the outcomes to arrange.
async fn coolify(version: Version) -> (Coolify, Outcomes, String) {
    let options = Options { version, ..paused_options() };
    let outcomes = options.outcomes.clone();
    let coolify = Coolify::with(options).await;
    let app = coolify.working_app("site").await;
    (coolify, outcomes, app)
}

/// Deploys an application until the deployment has that status.
async fn deploy(coolify: &Coolify, app: &str, status: &str) -> Value {
    let uuid = coolify.deploy(app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.wait_for_status(&uuid, status).await
}

async fn application(coolify: &Coolify, app: &str) -> Value {
    coolify.get(&format!("/applications/{app}")).await.json()
}

#[tokio::test]
async fn a_failed_build_logs_its_lines_and_keeps_the_previous_container() {
    for version in Version::ALL {
        let (coolify, outcomes, app) = coolify(version).await;
        let log = vec!["npm error code ERESOLVE".to_owned(), "exit code: 1".to_owned()];
        outcomes.next("site", Outcome::Fails { log: log.clone() });
        let failed = deploy(&coolify, &app, "failed").await;
        let lines: Vec<Value> = serde_json::from_str(failed["logs"].as_str().unwrap()).unwrap();
        let output = |hidden: bool| {
            let has_it = |line: &&Value| line.to_string().contains("ERESOLVE");
            let found = lines.iter().filter(|line| line["hidden"] == hidden).find(has_it);
            found.unwrap()["output"].as_str().unwrap()
        };
        assert_eq!(output(true), log.join("\n"));
        let failure = output(false);
        assert!(failure.contains("bash /artifacts/build.sh'\nError: npm error"), "{failure}");
        assert_eq!(application(&coolify, &app).await["status"], "exited:unhealthy");
        deploy(&coolify, &app, "finished").await;
        outcomes.next(&app, Outcome::Fails { log });
        deploy(&coolify, &app, "failed").await;
        assert_eq!(application(&coolify, &app).await["status"], "running:unknown");
    }
}

#[tokio::test]
async fn the_status_after_a_deployment_is_the_arranged_condition_of_its_container() {
    for version in Version::ALL {
        let (coolify, outcomes, app) = coolify(version).await;
        for (condition, status, logs) in [
            (Condition::Exited, "exited:unhealthy", 400),
            (Condition::Unhealthy, "running:unhealthy", 200),
            (Condition::Restarting, "restarting:unknown", 400),
            (Condition::Healthy, "running:healthy", 200),
            (Condition::Starting, "running:healthy", 200),
            (Condition::Running, "running:unknown", 200),
        ] {
            outcomes.next("site", Outcome::Finishes(condition));
            deploy(&coolify, &app, "finished").await;
            let one = application(&coolify, &app).await;
            assert_eq!(one["status"], status);
            assert_eq!(one["restart_count"] != 0, condition == Condition::Restarting, "{one}");
            assert_eq!(one["last_restart_at"].is_string(), condition == Condition::Restarting);
            assert_eq!(coolify.get(&format!("/applications/{app}/logs")).await.status, logs);
            assert_eq!(one.get("max_restart_count").is_none(), version == Version::Beta473);
        }
    }
}

#[tokio::test]
async fn restarts_of_a_crashing_application_are_counted_over_time() {
    let (coolify, outcomes, app) = coolify(Version::V4_3).await;
    outcomes.next("site", Outcome::Finishes(Condition::Restarting));
    deploy(&coolify, &app, "finished").await;
    let before = application(&coolify, &app).await["restart_count"].as_u64().unwrap();
    coolify.simulator.advance(PACE * 2);
    assert!(application(&coolify, &app).await["restart_count"].as_u64().unwrap() >= before + 2);
}

#[tokio::test]
async fn the_container_of_an_application_is_removed_after_ten_restarts() {
    let (coolify, outcomes, app) = coolify(Version::V4_3).await;
    outcomes.next("site", Outcome::Finishes(Condition::Restarting));
    deploy(&coolify, &app, "finished").await;
    coolify.simulator.advance(PACE * 12);
    let one = application(&coolify, &app).await;
    assert_eq!((&one["status"], &one["restart_count"]), (&json!("exited:unhealthy"), &json!(10)));
    let containers = coolify.simulator.names(covibe_sandbox::coolify::Collection::Containers);
    assert!(!containers.contains(&app), "{containers:?}");
}

#[tokio::test]
async fn a_cancelled_deployment_starts_no_container() {
    let coolify = Coolify::with(paused_options()).await;
    let app = coolify.working_app("site").await;
    let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.post(&format!("/deployments/{uuid}/cancel"), json!({})).await;
    coolify.simulator.advance(PACE * 3);
    assert_eq!(application(&coolify, &app).await["status"], "exited:unhealthy");
}

#[tokio::test]
async fn a_database_arranged_to_exit_is_exited_after_its_start() {
    let (coolify, outcomes, _) = coolify(Version::V4_3).await;
    outcomes.next("db", Outcome::Finishes(Condition::Exited));
    let body = coolify.with_place(json!({ "name": "db", "instant_deploy": true }));
    let path = format!("/databases/{}", coolify.uuid("/databases/redis", body).await);
    coolify.simulator.advance(PACE);
    assert_eq!(coolify.get(&path).await.json()["status"], "exited:unhealthy");
    assert_eq!(coolify.post(&format!("{path}/start"), json!({})).await.status, 200);
    coolify.simulator.advance(PACE);
    assert_eq!(coolify.get(&path).await.json()["status"], "running:healthy");
}

#[tokio::test]
async fn a_compose_application_reads_its_file_from_the_repository() {
    let bot = Bot::new().await;
    bot.repository("site", true).await;
    bot.git(&["clone", "--quiet", &bot.url("site"), "work"]);
    bot.push("work", "stack.yml", "services:\n  server:\n    image: x\n    volumes: ['data:/d']\n");
    let (coolify, _, app) = coolify(Version::V4_3).await;
    let path = format!("/applications/{app}");
    let body = json!({ "git_repository": bot.url("site"), "build_pack": "dockercompose", "docker_compose_location": "/missing.yml" });
    assert_eq!(coolify.patch(&path, body).await.status, 200);
    let failed = deploy(&coolify, &app, "failed").await;
    assert!(
        failed["logs"].as_str().unwrap().contains("Docker Compose file not found at: /missing.yml")
    );
    coolify.patch(&path, json!({ "docker_compose_location": "/stack.yml" })).await;
    deploy(&coolify, &app, "finished").await;
    let url = "https://site.mark.vibnai.com";
    let domains = json!([{ "name": "server", "domain": url }, { "name": "app", "domain": "https://b.mark.vibnai.com" }]);
    assert_eq!(
        coolify.patch(&path, json!({ "docker_compose_domains": domains })).await.status,
        200
    );
    let one = application(&coolify, &app).await;
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
