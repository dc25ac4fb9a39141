//! Deployments and the lifecycle calls.

use covibe_sandbox::coolify::{Collection, Options, Version};
use serde_json::{Value, json};

use crate::simulator_client::{Client, Coolify, PACE, paused_options};

fn lines(deployment: &Value) -> Vec<Value> {
    serde_json::from_str(deployment["logs"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_deployment_is_in_progress_before_a_worker_has_it_and_then_finished() {
    let coolify = Coolify::with(paused_options()).await;
    let app = coolify.working_app("site").await;
    let entry = coolify.deploy(&app).await;
    assert_eq!(entry["message"], "Application site deployment queued.");
    let uuid = entry["deployment_uuid"].as_str().unwrap().to_owned();
    let dispatched = coolify.wait_for_status(&uuid, "in_progress").await;
    assert_eq!((&dispatched["commit"], &dispatched["logs"]), (&json!("HEAD"), &Value::Null));
    assert_eq!(dispatched["horizon_job_worker"], Value::Null);
    assert_eq!(dispatched["current_process_id"], Value::Null);
    assert_eq!(
        coolify.get(&format!("/applications/{app}")).await.json()["status"],
        "exited:unhealthy"
    );
    coolify.simulator.advance(PACE);
    let running = coolify.wait_for_status(&uuid, "in_progress").await;
    assert!(running["horizon_job_worker"].is_string());
    let finished = coolify.wait_for_status(&uuid, "finished").await;
    assert!(lines(&running).len() < lines(&finished).len());
    assert_eq!(finished["commit"].as_str().unwrap().len(), 40);
    assert!(finished["application_id"].is_string() && finished["finished_at"].is_string());
    assert_eq!(
        coolify.get(&format!("/applications/{app}")).await.json()["status"],
        "running:unknown"
    );
    let page = format!("/project/{}/environment/", coolify.project);
    let url = finished["deployment_url"].as_str().unwrap();
    assert!(
        url.starts_with(&page) && url.ends_with(&format!("/application/{app}/deployment/{uuid}")),
        "{url}"
    );
}

#[tokio::test]
async fn deployment_logs_do_not_contain_the_clone_token() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let app = coolify.working_app("site").await;
    let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    let lines = lines(&coolify.wait_for_status(&uuid, "finished").await);
    let text = json!(lines).to_string();
    assert!(!text.contains("0123456789abcdef"), "{text}");
    assert!(text.contains("https://mark-bot:<REDACTED>@git.test"), "{text}");
}

#[tokio::test]
async fn commands_and_the_output_of_the_build_are_hidden_in_a_deployment_log() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let app = coolify.working_app("site").await;
    let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    let lines = lines(&coolify.wait_for_status(&uuid, "finished").await);
    assert!(lines[0].get("order").is_none(), "the first entry has no position");
    assert!(lines.iter().enumerate().skip(1).all(|(at, line)| line["order"] == at + 1));
    assert!(lines.iter().all(|line| line["timestamp"].is_string()));
    assert!(lines.iter().any(|line| line["type"] == "info"));
    let build = |line: &&Value| {
        let command = line["command"].as_str();
        command.is_some_and(|command| command.ends_with("bash /artifacts/build.sh'"))
    };
    let build = lines.iter().find(build).unwrap();
    assert_eq!((&build["hidden"], build["output"].is_string()), (&json!(true), true));
    let visible = lines.iter().filter(|line| line["hidden"] == false);
    assert!(visible.clone().all(|line| line["command"].is_null()));
    assert!(visible.count() < lines.len());
}

#[tokio::test]
async fn the_server_runs_two_deployments_at_once_and_queues_a_third() {
    let coolify = Coolify::with(paused_options()).await;
    let mut deployments = Vec::new();
    for name in ["a", "b", "c"] {
        let body =
            coolify.with_place(json!({ "name": name, "docker_registry_image_name": "nginx" }));
        let app = coolify.uuid("/applications/dockerimage", body).await;
        deployments.push(coolify.deploy(&app).await["deployment_uuid"].clone());
    }
    let statuses = async || {
        let mut statuses = Vec::new();
        for uuid in &deployments {
            let path = format!("/deployments/{}", uuid.as_str().unwrap());
            statuses.push(coolify.get(&path).await.json()["status"].clone());
        }
        json!(statuses)
    };
    coolify.simulator.advance(PACE);
    assert_eq!(statuses().await, json!(["in_progress", "in_progress", "queued"]));
    coolify.simulator.advance(PACE);
    assert_eq!(statuses().await, json!(["finished", "finished", "in_progress"]));
    coolify.simulator.advance(PACE);
    assert_eq!(statuses().await, json!(["finished", "finished", "finished"]));
}

#[tokio::test]
async fn a_second_deployment_is_queued_while_one_runs_and_a_third_is_skipped() {
    let coolify = Coolify::with(paused_options()).await;
    let app = coolify.working_app("site").await;
    coolify.deploy(&app).await;
    coolify.simulator.advance(PACE);
    let second = coolify.deploy(&app).await;
    assert_eq!(second["message"], "Application site deployment queued.");
    let third = coolify.deploy(&app).await;
    assert_eq!(third["message"], "Deployment already queued for this commit.");
}

#[tokio::test]
async fn the_deployment_of_an_image_has_the_commit_head() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let body = coolify.with_place(json!({ "name": "site", "docker_registry_image_name": "nginx" }));
    let app = coolify.uuid("/applications/dockerimage", body).await;
    let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    assert_eq!(coolify.wait_for_status(&uuid, "finished").await["commit"], "HEAD");
}

#[tokio::test]
async fn a_deployment_without_a_usable_source_fails_with_the_reason() {
    let coolify = Coolify::on_release(Version::V4_1).await;
    let stripped = coolify.uuid("/applications/public", coolify.app("stripped")).await;
    let neutral = coolify.uuid("/applications/public", coolify.app("neutral")).await;
    let path = format!("/applications/{neutral}");
    coolify.patch(&path, json!({ "git_repository": "https://git.invalid/vibn-mark/x.git" })).await;
    let body =
        coolify.with_place(json!({ "name": "image", "docker_registry_image_name": "nginx" }));
    let image = coolify.uuid("/applications/dockerimage", body).await;
    coolify
        .patch(&format!("/applications/{image}"), json!({ "docker_registry_image_name": "" }))
        .await;
    for (app, why) in [
        (stripped, "does not exist"),
        (neutral, "Could not resolve host"),
        (image, "image is empty"),
    ] {
        let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
        let failed = coolify.wait_for_status(&uuid, "failed").await;
        let is_failure = |line: &Value| {
            line["hidden"] == false && line["output"].as_str().unwrap().contains("Error: ")
        };
        let line = lines(&failed).into_iter().find(is_failure).unwrap();
        assert!(line["output"].as_str().unwrap().contains(why), "{line}");
        assert_eq!(
            coolify.get(&format!("/applications/{app}")).await.json()["status"],
            "exited:unhealthy"
        );
    }
}

#[tokio::test]
async fn a_second_deployment_of_a_commit_is_skipped_with_an_unknown_uuid() {
    let coolify = Coolify::with(paused_options()).await;
    let app = coolify.working_app("site").await;
    coolify.deploy(&app).await;
    let skipped = coolify.deploy(&app).await;
    assert_eq!(skipped["message"], "Deployment already queued for this commit.");
    let phantom = skipped["deployment_uuid"].as_str().unwrap();
    assert_eq!(coolify.get(&format!("/deployments/{phantom}")).await.status, 404);
    let started = coolify.post(&format!("/applications/{app}/start"), json!({})).await;
    assert_eq!((started.status, started.json()), (200, json!({ "message": skipped["message"] })));
    assert_eq!(coolify.simulator.count(Collection::Deployments), 1);
    let forced = coolify.post("/deploy", json!({ "uuid": app, "force": true })).await.json();
    assert_eq!(forced["deployments"][0]["message"], "Application site deployment queued.");
    assert_eq!(coolify.simulator.count(Collection::Deployments), 2);
}

#[tokio::test]
async fn force_false_in_a_query_counts_as_true_up_to_4_1() {
    for (version, count) in [(Version::Beta473, 2), (Version::V4_1, 2), (Version::V4_3, 1)] {
        let coolify = Coolify::with(Options { version, ..paused_options() }).await;
        let app = coolify.working_app("site").await;
        coolify.deploy(&app).await;
        coolify.post("/deploy", json!({ "uuid": app, "force": false })).await;
        assert_eq!(coolify.simulator.count(Collection::Deployments), 1);
        Client::send(coolify.request("POST", &format!("/deploy?uuid={app}&force=false"))).await;
        assert_eq!(coolify.simulator.count(Collection::Deployments), count, "{version:?}");
    }
}

#[tokio::test]
async fn lifecycle_calls_by_get_are_refused_since_4_2() {
    for (version, status) in [(Version::Beta473, 200), (Version::V4_1, 200), (Version::V4_3, 405)] {
        let coolify = Coolify::on_release(version).await;
        let app = coolify.working_app("site").await;
        let verbs = ["start", "stop", "restart"].map(|verb| format!("/applications/{app}/{verb}"));
        for path in verbs.into_iter().chain([format!("/deploy?uuid={app}")]) {
            let answer = coolify.get(&path).await;
            assert_eq!(answer.status, status, "{version:?} {path}");
            if status == 405 {
                assert_eq!(
                    answer.json()["message"],
                    "This endpoint has changed to a POST request."
                );
                assert_eq!(answer.header("allow"), Some("POST"));
            }
        }
    }
}

#[tokio::test]
async fn running_deployments_are_listed_as_an_object_in_4_1_and_an_array_otherwise() {
    for (version, is_object) in
        [(Version::Beta473, false), (Version::V4_1, true), (Version::V4_3, false)]
    {
        let coolify = Coolify::with(Options { version, ..paused_options() }).await;
        assert_eq!(coolify.get("/deployments").await.json(), json!([]));
        let app = coolify.working_app("site").await;
        let uuid = coolify.deploy(&app).await["deployment_uuid"].clone();
        let body = coolify.get("/deployments").await.json();
        let one = if is_object { &body["1"] } else { &body[0] };
        assert_eq!(one["deployment_uuid"], uuid, "{version:?}");
    }
}

#[tokio::test]
async fn deployments_of_an_application_are_paged_newest_first() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let app = coolify.working_app("site").await;
    for _ in 0..3 {
        coolify.post("/deploy", json!({ "uuid": app, "force": true })).await;
    }
    let path = format!("/deployments/applications/{app}");
    let all = coolify.get(&path).await.json();
    assert_eq!((&all["count"], all["deployments"].as_array().unwrap().len()), (&json!(3), 3));
    assert!(all["deployments"][0]["id"].as_i64() > all["deployments"][2]["id"].as_i64());
    let page = coolify.get(&format!("{path}?skip=1&take=1")).await.json();
    // Compared by id, because the rest changes with time.
    assert_eq!(page["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(page["deployments"][0]["id"], all["deployments"][1]["id"]);
    assert_eq!(coolify.get(&format!("{path}?take=0")).await.status, 422);
    assert_eq!(coolify.get("/deployments/applications/missing").await.status, 404);
}

#[tokio::test]
async fn a_deploy_call_skips_unknown_uuids() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let database =
        coolify.uuid("/databases/redis", coolify.with_place(json!({ "name": "cache" }))).await;
    let answer =
        coolify.post("/deploy", json!({ "uuid": format!("missing,{database}") })).await.json();
    let entry = json!({ "message": "Database cache started.", "resource_uuid": database });
    assert_eq!(answer, json!({ "deployments": [entry] }));
}

#[tokio::test]
async fn a_deploy_call_without_a_known_uuid_is_refused() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for (body, status) in [
        (json!({ "uuid": "missing" }), 404),
        (json!({ "tag": "x" }), 404),
        (json!({ "force": true }), 400),
        (json!({ "uuid": "a", "tag": "b" }), 400),
    ] {
        assert_eq!(coolify.post("/deploy", body).await.status, status);
    }
}

#[tokio::test]
async fn a_full_deployment_queue_is_answered_429_except_for_a_start() {
    let coolify = Coolify::with(paused_options()).await;
    let app = coolify.working_app("site").await;
    let force = || coolify.post("/deploy", json!({ "uuid": app, "force": true }));
    // The first one is in progress at once.
    for _ in 0..26 {
        assert_eq!(force().await.status, 200);
    }
    let full = force().await;
    assert_eq!((full.status, full.header("retry-after")), (429, Some("60")));
    let started = coolify.post(&format!("/applications/{app}/start?force=true"), json!({})).await;
    let phantom = started.json()["deployment_uuid"].as_str().unwrap().to_owned();
    assert_eq!(coolify.get(&format!("/deployments/{phantom}")).await.status, 404);
}

#[tokio::test]
async fn a_cancellation_takes_effect_although_4_1_answers_500() {
    for (version, status) in [(Version::V4_1, 500), (Version::V4_3, 200)] {
        let coolify = Coolify::with(Options { version, ..paused_options() }).await;
        let app = coolify.working_app("site").await;
        let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
        let cancel = format!("/deployments/{uuid}/cancel");
        assert_eq!(coolify.post(&cancel, json!({})).await.status, status);
        coolify.wait_for_status(&uuid, "cancelled-by-user").await;
        assert_eq!(coolify.post(&cancel, json!({})).await.status, 400);
    }
}

#[tokio::test]
async fn a_stopped_application_has_the_status_exited() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let app = coolify.working_app("site").await;
    let logs = format!("/applications/{app}/logs");
    assert_eq!(coolify.get(&logs).await.status, 400);
    let uuid = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    coolify.wait_for_status(&uuid, "finished").await;
    assert!(coolify.get(&logs).await.json()["logs"].is_string());
    coolify.post(&format!("/applications/{app}/stop"), json!({})).await;
    assert_eq!(
        coolify.get(&format!("/applications/{app}")).await.json()["status"],
        "exited:unhealthy"
    );
}
