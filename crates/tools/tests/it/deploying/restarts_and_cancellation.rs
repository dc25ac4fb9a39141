//! Starting once more what is starting, or what is no longer allowed to be built.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::git::{access, push_files};

use super::*;

/// Returns the number of requests to Coolify to restart a service.
fn restarts(stage: &Stage) -> usize {
    let requests = stage.world.coolify.requests();
    requests.iter().filter(|it| it.path.ends_with("/restart")).count()
}

fn names_force(next: &Value, uuid: &str) -> bool {
    let call = format!(r#"apps.deploy {{"uuid":"{uuid}","force":true}}"#);
    next.as_str().is_some_and(|next| next.contains(&call))
}

/// A container that waits for another's health check may wait for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_compose_app_that_hangs_in_its_start_is_restarted_by_a_deployment() {
    let stage = Stage::slow(Duration::from_secs(30)).await;
    let stack = stage.stack("stack").await;
    let path = format!("/services/{stack}/start");
    stage.world.operator().coolify("POST", &path, &Value::Null).await;
    let got = stage.call("apps.get", json!({ "uuid": stack })).await;
    assert_eq!(got["status"], "starting", "{got}");
    let params = json!({ "uuid": stack });
    let first = stage.call("apps.deploy", params.clone()).await;
    assert_eq!((&first["skipped"], restarts(&stage)), (&json!(false), 1), "{first}");
    // It has been told to start a moment ago.
    let second = stage.call("apps.deploy", params).await;
    assert_eq!((&second["skipped"], restarts(&stage)), (&json!(true), 1), "{second}");
    assert!(names_force(&second["next"], &stack), "{second}");
    let forced = stage.call("apps.deploy", json!({ "uuid": stack, "force": true })).await;
    assert_eq!((&forced["skipped"], restarts(&stage)), (&json!(false), 2), "{forced}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_compose_app_that_starts_is_not_restarted() {
    let stage = Stage::slow(Duration::from_secs(30)).await;
    let file = "services: {web: {image: 'nginx:1', expose: ['80']}}";
    let params = json!({ "composeRaw": file, "name": "stack" });
    let stack = uuid(&stage.call("apps.create", params).await);
    let answer = stage.call("apps.deploy", json!({ "uuid": stack })).await;
    assert_eq!((&answer["skipped"], restarts(&stage)), (&json!(true), 0), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_deployment_that_waits_hints_at_force() {
    let mut options = Options::default().with_deadline(Duration::from_millis(1_500));
    options.coolify.pace = Duration::from_secs(30);
    let stage = Stage::start_with(options).await;
    for uuid in [stage.app("app").await, stage.stack("stack").await] {
        let first = stage.call("apps.deploy", json!({ "uuid": uuid })).await;
        assert!(!names_force(&first["next"], &uuid), "{first}");
        let second = stage.call("apps.deploy", json!({ "uuid": uuid })).await;
        assert!(names_force(&second["next"], &uuid), "{second}");
        let third = stage.deploy(CallStyle::Tool, &uuid).await;
        assert_eq!(
            (&third["skipped"], &third["outcome"]["verdict"]),
            (&json!(true), &json!("timeout")),
            "{third}"
        );
        assert!(names_force(&third["outcome"]["next"], &uuid), "{third}");
    }
}

/// It was made while the operator allowed it, or by a person.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_of_a_repository_compose_app_is_refused_if_not_allowed() {
    let options = Options::default().with_settings(|it| it.compose_repositories = false);
    let stage = Stage::start_with(options).await;
    let repo = covibe_testkit::git::repository(stage.agent(), "code").await;
    let params = json!({ "repo": repo, "name": "app", "instantDeploy": false });
    let app = uuid(&stage.call("apps.create", params).await);
    let body = json!({ "build_pack": "dockercompose" });
    stage.world.operator().coolify("PATCH", &format!("/applications/{app}"), &body).await;
    let answer = stage.agent().compact_raw("apps.deploy", &json!({ "uuid": app })).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(answer.text.contains("COVIBE_ALLOW_COMPOSE_REPOSITORIES"), "{}", answer.text);
    let requests = stage.world.coolify.requests();
    assert!(!requests.iter().any(|it| it.path.ends_with("/deploy")), "nothing was queued");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_cancelled_once_on_every_release() {
    for version in Version::ALL {
        let mut options = Options::default();
        options.coolify.version = version;
        options.coolify.pace = PACE;
        let stage = Stage::start_with(options).await;
        let app = stage.app("app").await;
        let deployment = uuid(&stage.call("apps.deploy", json!({ "uuid": app })).await);
        let cancelled = stage.call("deployments.cancel", json!({ "uuid": deployment })).await;
        let expected = json!({ "uuid": deployment, "status": "cancelled", "cancelled": true });
        assert_eq!(cancelled, expected, "on {}", version.text());
        let list = stage.call("apps.deployments", json!({ "uuid": app })).await;
        assert_eq!(list["deployments"][0]["status"], "cancelled", "{list}");
        let again = stage.call("deployments.cancel", json!({ "uuid": deployment })).await;
        assert_eq!((&again["status"], &again["cancelled"]), (&json!("cancelled"), &json!(false)));
    }
}

/// Coolify would kill a process of the host.
#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_deployment_that_has_begun_is_refused() {
    let mut options = Options::default();
    options.coolify.pace = PACE;
    let stage = Stage::start_with(options).await;
    let app = stage.app("app").await;
    let deployment = uuid(&stage.call("apps.deploy", json!({ "uuid": app })).await);
    stage.world.coolify.advance(PACE + PACE / 2);
    let params = json!({ "uuid": deployment });
    let answer = stage.world.mark.agent.compact_raw("deployments.cancel", &params).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.text.contains("has begun"), "{}", answer.text);
    let requests = stage.world.coolify.requests();
    assert!(!requests.iter().any(|it| it.path.ends_with("/cancel")), "nothing was cancelled");
    // A call that deploys the same commit meanwhile queues nothing.
    let hint = answer.json()["hint"].as_str().expect("a hint").replace("apps.deployments", "");
    assert!(!hint.contains("apps.deploy"), "{hint}");
    let skipped = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(skipped["skipped"], true, "{skipped}");
}

/// The deployments of an application that wait in Coolify's queue.
async fn waiting(stage: &Stage, uuid: &str) -> Vec<Value> {
    let mut deployments = stage.deployments(uuid).await;
    deployments.retain(|each| each["status"] == "queued");
    deployments
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_one_deployment_of_an_app_waits() {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let first = stage.call("apps.deploy", json!({ "uuid": app })).await;
    let same = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!((&same["skipped"], &same["uuid"]), (&json!(true), &first["uuid"]), "{same}");
    let forced = stage.call("apps.deploy", json!({ "uuid": app, "force": true })).await;
    assert_eq!(forced["skipped"], false, "{forced}");
    let same = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!((&same["skipped"], &same["uuid"]), (&json!(true), &forced["uuid"]), "{same}");
    let newest = stage.call("apps.deploy", json!({ "uuid": app, "force": true })).await;
    assert_eq!(newest["skipped"], false, "{newest}");
    let waiting = waiting(&stage, &app).await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(waiting[0]["uuid"], newest["uuid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_deployment_stays_queued_if_coolify_refuses_its_replacement() {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let first = stage.call("apps.deploy", json!({ "uuid": app })).await;
    let refusal = Fault::new(Name::Status).status(422);
    stage.world.coolify.arm(refusal.on("POST", "/deploy$"));
    let params = json!({ "uuid": app, "force": true });
    let refused = stage.agent().compact_raw("apps.deploy", &params).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let waiting = waiting(&stage, &app).await;
    assert_eq!((waiting.len(), &waiting[0]["uuid"]), (1, &first["uuid"]), "{waiting:?}");
}

/// Coolify keeps the commit that was set when a deployment was queued.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_of_another_commit_replaces_the_waiting_one() {
    let stage = Stage::still().await;
    let repo = covibe_testkit::git::repository(stage.agent(), "code").await;
    let params = json!({ "repo": repo, "name": "app", "instantDeploy": false });
    let app = uuid(&stage.call("apps.create", params).await);
    let first = stage.call("apps.deploy", json!({ "uuid": app })).await;
    let access = access(stage.agent()).await;
    tokio::task::block_in_place(|| push_files(&access, "code", |_| {}));
    let second = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(second["skipped"], false, "{second}");
    assert_ne!(second["uuid"], first["uuid"]);
    let waiting = waiting(&stage, &app).await;
    assert_eq!((waiting.len(), &waiting[0]["uuid"]), (1, &second["uuid"]), "{waiting:?}");
}

/// Uuids are no secret, and a turn begins before it is known whose application it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_call_of_another_workspace_does_not_block_the_owners_deployment() {
    let stage = Stage::slow(Duration::from_secs(30)).await;
    let app = stage.app("app").await;
    let hold = stage.world.coolify.hold("GET", &format!("/applications/{app}$"));
    let params = json!({ "uuid": app });
    let foreign = {
        let (agent, params) = (stage.world.justine.agent.clone(), params.clone());
        tokio::spawn(async move { agent.compact_raw("apps.deploy", &params).await })
    };
    hold.arrived().await;
    let deployed = tokio::time::timeout(LONG, stage.call("apps.deploy", params)).await;
    assert_eq!(deployed.expect("it has its turn")["skipped"], false);
    hold.release();
    assert_eq!(foreign.await.expect("an answer").status, 403);
}
