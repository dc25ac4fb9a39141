//! Changes during a deployment: Coolify skips another one of the same commit until it has ended.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::git::{access, push_files, repository};

use super::*;

/// Returns whether an answer says that the deployment may lack changes, and names the next call.
fn warns(next: &Value, uuid: &str) -> bool {
    let call = format!(r#"apps.deploy {{"uuid":"{uuid}"}}"#);
    let next = next.as_str().unwrap_or_default();
    next.contains("began before this call") && next.contains(&call)
}

/// A still stage, and an app whose deployment is in progress.
async fn building() -> (Stage, String, Value) {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let first = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert!(!warns(&first["next"], &app), "{first}");
    stage.world.coolify.advance(PACE + LONG);
    (stage, app, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_deployment_warns_that_a_later_change_needs_another() {
    let (stage, app, first) = building().await;
    let envs = json!({ "uuid": app, "envs": [{ "key": "A", "value": "1" }] });
    stage.call("apps.envs.upsert", envs).await;
    let second = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!((&second["skipped"], &second["uuid"]), (&json!(true), &first["uuid"]), "{second}");
    assert_eq!(second["status"], "in_progress", "{second}");
    assert!(warns(&second["next"], &app), "{second}");
    stage.finish();
    let third = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(third["skipped"], false, "{third}");
    assert!(!warns(&third["next"], &app), "{third}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_an_earlier_deployment_warns_that_changes_need_another() {
    let (stage, app, first) = building().await;
    let finishing = async {
        stage.until_polled().await;
        stage.finish();
    };
    let (answer, ()) = tokio::join!(stage.deploy(CallStyle::Tool, &app), finishing);
    assert_eq!((&answer["skipped"], &answer["uuid"]), (&json!(true), &first["uuid"]), "{answer}");
    assert_eq!(answer["outcome"]["verdict"], "running", "{answer}");
    assert!(warns(&answer["next"], &app), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_during_a_deployment_warns_that_changes_need_another() {
    let stage = Stage::still().await;
    let params = json!({ "image": "nginx:1.27", "name": "app" });
    let refusal = Fault::new(Name::Status).status(422);
    stage.world.coolify.arm(refusal.on("POST", "/deploy$"));
    stage.agent().compact("apps.create", &params).await.expect_err("it is not deployed");
    stage.world.coolify.disarm();
    let listed = stage.call("apps.list", json!({})).await;
    let app = uuid(&listed["apps"][0]);
    stage.world.operator().coolify("POST", "/deploy", &json!({ "uuid": app })).await;
    stage.world.coolify.advance(PACE + LONG);
    let created = stage.call("apps.create", params).await;
    assert!(warns(&created["warnings"][0], &app), "{created}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_during_a_deployment_replaces_the_queued_one() {
    let stage = Stage::still().await;
    let repo = repository(stage.agent(), "code").await;
    let params = json!({ "repo": repo, "name": "app", "instantDeploy": false });
    let app = uuid(&stage.call("apps.create", params).await);
    let access = access(stage.agent()).await;
    let old = tokio::task::block_in_place(|| push_files(&access, "code", |_| {}));
    let first = stage.call("apps.deploy", json!({ "uuid": app })).await;
    stage.world.coolify.advance(PACE + LONG);
    tokio::task::block_in_place(|| push_files(&access, "code", |_| {}));
    let newer = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!((&newer["skipped"], &newer["status"]), (&json!(false), &json!("queued")));
    stage.call("apps.update", json!({ "uuid": app, "patch": { "commit": old } })).await;
    let back = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!((&back["skipped"], &back["uuid"]), (&json!(true), &first["uuid"]), "{back}");
    let listed = stage.call("apps.deployments", json!({ "uuid": app })).await;
    let statuses: Vec<_> =
        listed["deployments"].as_array().expect("a list").iter().map(|it| &it["status"]).collect();
    assert_eq!(statuses, ["cancelled", "in_progress"], "{listed}");
}
