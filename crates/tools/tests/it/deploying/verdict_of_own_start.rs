//! A verdict is about the start that the call made, and not about what there was before it.

use covibe_sandbox::faults::{Fault, Name};

use super::*;

/// A still stage whose Coolify has a stack that runs, and four starts that hold all of its workers.
async fn crowded_stage(docker: bool) -> (Stage, String) {
    let mut options = Options { docker, ..Options::default() };
    (options.coolify.pace, options.coolify.look) = (PACE, Some(LONG));
    let stage = Stage::start_with(options).await;
    let stack = stage.stack("stack").await;
    stage.call("apps.deploy", json!({ "uuid": stack })).await;
    stage.finish();
    occupy_workers(&stage).await;
    (stage, stack)
}

async fn occupy_workers(stage: &Stage) {
    for number in 0..4 {
        let other = stage.stack(&format!("other-{number}")).await;
        stage.call("apps.deploy", json!({ "uuid": other })).await;
    }
}

/// Waits until a service has been looked at so often that a verdict on what it was would have come: by docker where the
/// server reaches its host, else by Coolify.
async fn until_read(stage: &Stage, uuid: &str) {
    if let Some(engine) = &stage.world.docker {
        let looks = || engine.requests().iter().filter(|it| it.path.ends_with("/json")).count();
        let times = looks() + 200;
        while looks() < times {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        return;
    }
    let path = format!("/services/{uuid}");
    let times = stage.answered("GET", &path) + 200;
    stage.until_answered("GET", &path, times).await;
}

/// Deploys, and fails if there is an answer before a worker begins. Returns the answer.
async fn deployed_late(stage: &Stage, uuid: &str) -> Value {
    let deploying = stage.deploy(CallStyle::Tool, uuid);
    let working = async {
        until_read(stage, uuid).await;
        stage.world.coolify.advance(PACE + LONG);
        until_read(stage, uuid).await;
        stage.world.coolify.advance(PACE + LONG);
        "worked"
    };
    let (mut deploying, mut working) = (Box::pin(deploying), Box::pin(working));
    tokio::select! {
        answer = &mut deploying => panic!("no worker had begun: {answer}"),
        _ = &mut working => {}
    }
    deploying.await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verdict_of_a_delayed_restart_ignores_the_old_containers() {
    for docker in [true, false] {
        let (stage, stack) = crowded_stage(docker).await;
        let answer = deployed_late(&stage, &stack).await;
        assert_eq!(answer["outcome"]["verdict"], "running", "{docker} {answer}");
    }
}

/// Coolify tells that it is down until its next look, and refuses to start it after that.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_skipped_for_another_calls_start_returns_its_verdict() {
    let mut options = Options::default();
    options.coolify.look = Some(LONG);
    let stage = Stage::start_with(options).await;
    let stack = stage.stack("stack").await;
    stage.call("apps.deploy", json!({ "uuid": stack })).await;
    stage.world.coolify.advance(LONG / 12);
    let path = format!("/services/{stack}/start");
    let hold = stage.world.coolify.hold("POST", &path);
    let deploying = stage.deploy(CallStyle::Tool, &stack);
    let looking = async {
        hold.arrived().await;
        stage.world.coolify.advance(LONG);
        hold.release();
    };
    let (answer, ()) = tokio::join!(deploying, looking);
    assert_eq!(
        (&answer["skipped"], &answer["outcome"]["verdict"]),
        (&json!(true), &json!("running"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_whose_start_is_delayed_in_coolify_is_not_judged_failed() {
    for docker in [true, false] {
        let (stage, _) = crowded_stage(docker).await;
        let new = stage.stack("new").await;
        let answer = deployed_late(&stage, &new).await;
        assert_eq!(answer["outcome"]["verdict"], "running", "{docker} {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_coolify_never_begins_is_reported_as_unknown() {
    let mut options = Options::default().with_deadline(Duration::from_millis(1_500));
    options.coolify.pace = PACE;
    let stage = Stage::start_with(options).await;
    occupy_workers(&stage).await;
    let new = stage.stack("new").await;
    let answer = stage.deploy(CallStyle::Tool, &new).await;
    assert_eq!(answer["outcome"]["verdict"], "unknown", "{answer}");
    let reason = answer["outcome"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("may not have begun"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_docker_host_that_failed_once_during_a_deployment_is_asked_again() {
    let (stage, stack) = crowded_stage(true).await;
    let engine = stage.world.docker.as_ref().expect("a docker host");
    stage.outcomes.next("stack", finishes(Condition::Exited));
    let path = "/containers/json";
    let asked = || engine.requests().iter().filter(|one| one.path.ends_with(path)).count();
    let deploying = stage.deploy(CallStyle::Tool, &stack);
    let working = async {
        until_read(&stage, &stack).await;
        engine.arm(Fault::new(Name::Status).on("GET", path).times(1));
        let failed = asked() + 1;
        // The next answer comes after the failure.
        while asked() <= failed {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        stage.finish();
    };
    let both = async { tokio::join!(deploying, working) };
    let (answer, ()) = tokio::time::timeout(LONG, both).await.expect("it is asked again");
    let outcome = &answer["outcome"];
    assert_eq!(outcome["verdict"], "crashing", "{answer}");
    assert_eq!(outcome["crashed"][0]["status"], "exited", "{answer}");
    assert_eq!(outcome.get("warnings"), None, "{answer}");
}

/// A file one of whose services depends on two others: Coolify can't look at any of its containers.
const UNREADABLE: &str = "services:\n  web:\n    image: nginx:1.27\n    expose: ['80']\n    \
    depends_on: [db, cache]\n  db:\n    image: postgres:16\n  cache:\n    image: redis:7\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_coolify_cannot_inspect_can_be_deployed_stopped_and_deleted() {
    for docker in [true, false] {
        let stage = Stage::start_with(Options { docker, ..Options::default() }).await;
        let params = json!({ "composeRaw": UNREADABLE, "name": "crm", "instantDeploy": false });
        let app = uuid(&stage.call("apps.create", params).await);
        let answer = stage.deploy(CallStyle::Tool, &app).await;
        assert_eq!(answer["outcome"]["verdict"], "running", "{docker} {answer}");
        let got = stage.call("apps.get", json!({ "uuid": app })).await;
        assert_eq!(got["status"], "running", "{docker} {got}");
        let stop = json!({ "uuid": app, "action": "stop" });
        let stopped = stage.call("apps.control", stop).await;
        assert_eq!(stopped["reached"], true, "{docker} {stopped}");
        let delete = json!({ "uuid": app, "confirm": "crm" });
        let deleted = stage.call("apps.delete", delete).await;
        assert_eq!(deleted["deleted"], true, "{docker} {deleted}");
    }
}

/// Neither the time that containers must stay up counts then, nor what Coolify tells, which never looks.
#[tokio::test(flavor = "multi_thread")]
async fn a_compose_app_is_judged_healthy_as_soon_as_docker_reports_it() {
    let never = Duration::from_hours(1);
    let options = Options::default().with_deadline(LONG).with_settings(|it| it.stability = never);
    let stage = Stage::start_with(options).await;
    let file = "services:\n  server:\n    image: nginx:1.27\n    expose: ['80']\n    \
                healthcheck: {test: [CMD, curl, 'http://localhost']}\n";
    let params = json!({ "composeRaw": file, "name": "stack", "instantDeploy": false });
    let app = uuid(&stage.call("apps.create", params).await);
    for _ in 0..2 {
        let answer = stage.deploy(CallStyle::Tool, &app).await;
        assert_eq!(answer["outcome"]["verdict"], "healthy", "{answer}");
        assert_eq!(answer["outcome"]["health"], "healthy", "{answer}");
        // Docker may be ahead of Coolify, whose task has to end before the next start is one of its own.
        stage.world.coolify.advance(LONG);
    }
    let params = json!({ "uuid": app, "key": "LEVEL", "value": "debug" });
    stage.call("apps.envs.upsert", params).await;
    let answer = stage.call("apps.control", json!({ "uuid": app, "action": "restart" })).await;
    assert_eq!((&answer["by"], &answer["reached"]), (&json!("coolify"), &json!(true)), "{answer}");
}
