//! Deployments that wait before Coolify.

use covibe_sandbox::faults::{Fault, Name};

use super::*;

/// Returns the deployments of an app that wait or are in progress.
async fn open(stage: &Stage, app: &str) -> Vec<Value> {
    let mut all = stage.deployments(app).await;
    all.retain(|each| each["status"] == "queued" || each["status"] == "in_progress");
    all
}

/// Waits until a deployment has this status.
async fn until(stage: &Stage, app: &str, deployment: &Value, status: &str) {
    let is_it = |each: &Value| each["uuid"] == deployment["uuid"] && each["status"] == status;
    while !stage.deployments(app).await.iter().any(is_it) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns how many deployments the simulated Coolify has in progress or waiting.
async fn at_coolify(stage: &Stage) -> usize {
    let listed = stage.world.operator().coolify("GET", "/deployments", &Value::Null).await;
    listed.as_array().map_or_else(|| listed.as_object().map_or(0, serde_json::Map::len), Vec::len)
}

/// Deploys three apps of which two have a place.
async fn three(stage: &Stage) -> ([String; 3], [Value; 3]) {
    let apps = [stage.app("one").await, stage.app("two").await, stage.app("three").await];
    let mut deployments = Vec::new();
    for app in &apps {
        deployments.push(stage.call("apps.deploy", json!({ "uuid": app })).await);
    }
    (apps, deployments.try_into().expect("three"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_deployment_is_queued_and_later_runs_under_the_same_id() {
    let stage = Stage::still().await;
    let (apps, [first, second, third]) = three(&stage).await;
    assert_eq!((&first["position"], &second["position"]), (&Value::Null, &Value::Null));
    assert_eq!(third["status"], "queued", "{third}");
    assert_eq!((&third["position"], &third["ahead"]), (&json!(1), &json!(2)), "{third}");
    assert_eq!(at_coolify(&stage).await, 2, "nothing of ours waits inside Coolify");
    let listed = open(&stage, &apps[2]).await;
    assert_eq!((listed.len(), &listed[0]["uuid"]), (1, &third["uuid"]), "{listed:?}");
    let logs = stage.call("deployments.logs", json!({ "uuid": third["uuid"] })).await;
    assert_eq!(logs["status"], "queued", "{logs}");
    assert!(logs["hint"].as_str().is_some_and(|hint| hint.contains("position 1")), "{logs}");
    stage.finish();
    stage.until_answered("POST", "/deploy", 3).await;
    stage.finish();
    until(&stage, &apps[2], &third, "finished").await;
    let logs = stage.call("deployments.logs", json!({ "uuid": third["uuid"] })).await;
    assert_eq!((&logs["status"], &logs["uuid"]), (&json!("finished"), &third["uuid"]), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_a_queued_deployment_gets_its_verdict() {
    let mut options = Options::default();
    options.coolify.pace = Duration::from_millis(200);
    let stage = Stage::start_with(options).await;
    let apps = [stage.app("one").await, stage.app("two").await, stage.app("three").await];
    let calls = apps.iter().map(|app| stage.deploy(CallStyle::Tool, app));
    for answer in futures_util::future::join_all(calls).await {
        let verdict = answer["outcome"]["verdict"].as_str().unwrap_or_default();
        assert!(["running", "healthy"].contains(&verdict), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_deployment_replaces_the_apps_waiting_one_in_the_queue() {
    let stage = Stage::still().await;
    let (apps, [_, _, third]) = three(&stage).await;
    let same = stage.call("apps.deploy", json!({ "uuid": apps[2] })).await;
    assert_eq!((&same["skipped"], &same["uuid"]), (&json!(true), &third["uuid"]), "{same}");
    let newer = stage.call("apps.deploy", json!({ "uuid": apps[2], "force": true })).await;
    assert_eq!((&newer["skipped"], &newer["position"]), (&json!(false), &json!(1)), "{newer}");
    let listed = open(&stage, &apps[2]).await;
    assert_eq!((listed.len(), &listed[0]["uuid"]), (1, &newer["uuid"]), "{listed:?}");
    let logs = stage.call("deployments.logs", json!({ "uuid": third["uuid"] })).await;
    assert_eq!(logs["status"], "cancelled", "{logs}");
    let newer = newer["uuid"].as_str().expect("an id");
    assert!(logs["logs"].as_str().is_some_and(|text| text.contains(newer)), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_waiting_deployment_makes_no_call_to_coolify() {
    let stage = Stage::still().await;
    let (apps, [_, _, third]) = three(&stage).await;
    let before = stage.answered("POST", "/cancel");
    let cancelled = stage.call("deployments.cancel", json!({ "uuid": third["uuid"] })).await;
    let expected = json!({ "uuid": third["uuid"], "status": "cancelled", "cancelled": true });
    assert_eq!(cancelled, expected);
    let again = stage.call("deployments.cancel", json!({ "uuid": third["uuid"] })).await;
    assert_eq!((&again["status"], &again["cancelled"]), (&json!("cancelled"), &json!(false)));
    assert_eq!(stage.answered("POST", "/cancel"), before);
    stage.finish();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stage.answered("POST", "/deploy"), 2, "it was never handed over");
    assert_eq!(open(&stage, &apps[2]).await, [Value::Null; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_deployment_of_a_deleted_app_is_never_handed_over() {
    let stage = Stage::still().await;
    let (apps, _) = three(&stage).await;
    stage.call("apps.delete", json!({ "uuid": apps[2], "confirm": "three" })).await;
    stage.finish();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stage.answered("POST", "/deploy"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_deployment_of_another_tenant_comes_first_in_the_queue() {
    let stage = Stage::still().await;
    let (_, _) = three(&stage).await;
    let theirs = stage.world.member("other").await;
    let params = json!({ "image": "nginx:1.27", "name": "site" });
    let made = theirs.agent.compact("apps.create", &params).await.expect("an app");
    assert_eq!(made["deployment"]["position"], 1, "{made}");
    let foreign = json!({ "uuid": made["deployment"]["uuid"] });
    for tool in ["deployments.logs", "deployments.cancel"] {
        let refused = stage.agent().compact_raw(tool, &foreign).await;
        assert_eq!(refused.status, 404, "{tool}: {}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspaces_of_a_tenant_share_the_limit_of_waiting_deployments() {
    let mut options = Options::default().with_settings(|it| it.max_waiting_deployments = 2);
    options.coolify.pace = PACE;
    let stage = Stage::start_with(options).await;
    three(&stage).await;
    let second = stage.world.sibling(&stage.world.mark, "second").await;
    let params = json!({ "image": "nginx:1.27", "name": "fourth" });
    second.agent.compact("apps.create", &params).await.expect("it waits");
    for agent in [&second.agent, stage.agent()] {
        let params = json!({ "image": "nginx:1.27", "name": "late" });
        let late = agent.compact_raw("apps.create", &params).await;
        assert_eq!(late.status, 429, "{}", late.text);
        assert!(late.text.contains("deployments.cancel"), "{}", late.text);
        let listed = agent.compact("apps.list", &json!({})).await.expect("a list");
        assert!(!listed.to_string().contains("\"late\""), "nothing was made: {listed}");
    }
    let theirs = stage.world.member("other").await;
    theirs.agent.compact("apps.create", &params).await.expect("another tenant's app waits");
}

/// All of them are accepted at once and run in the end, and another tenant's app is among the next that begin.
#[tokio::test(flavor = "multi_thread")]
async fn thirty_concurrent_creations_all_run_without_delaying_another_tenant() {
    let mut options = paced(PACE);
    let peak = options.coolify.peak.clone();
    options.settings.coolify_workers = 4;
    let stage = Stage::start_with(options).await;
    let create = async |agent: &Agent, name: String| {
        let params = json!({ "image": "nginx:1.27", "name": name });
        agent.compact("apps.create", &params).await.unwrap_or_else(|why| panic!("{name}: {why}"))
    };
    let calls = (0..30).map(|number| create(stage.agent(), format!("app-{number}")));
    let made = futures_util::future::join_all(calls).await;
    let mut positions: Vec<_> =
        made.iter().filter_map(|app| app["deployment"]["position"].as_u64()).collect();
    positions.sort_unstable();
    assert_eq!(positions.len(), 28, "{made:?}");
    let theirs = create(&stage.world.justine.agent, "theirs".to_owned()).await;
    assert_eq!(theirs["deployment"]["position"], 1, "{theirs}");
    for handed in (2..=31).step_by(2) {
        stage.until_answered("POST", "/deploy", handed).await;
        stage.finish();
    }
    stage.until_answered("POST", "/deploy", 31).await;
    let requests = stage.world.coolify.requests();
    let deployed = requests.iter().filter(|one| one.path.ends_with("/deploy"));
    let uuids: Vec<_> =
        deployed.map(|one| one.body.as_ref().map(|body| body["uuid"].clone())).collect();
    assert!(uuids[..4].contains(&Some(theirs["uuid"].clone())), "{uuids:?}");
    let all: std::collections::BTreeSet<_> = uuids.iter().map(|uuid| format!("{uuid:?}")).collect();
    assert_eq!((all.len(), uuids.len()), (31, 31), "{uuids:?}");
    assert_eq!(peak.take().builds, 2);
}

/// The operator's ceiling delays the tenant's own deployments, and refuses none.
#[tokio::test(flavor = "multi_thread")]
async fn a_per_tenant_ceiling_queues_only_that_tenants_deployments() {
    let mut options = Options::default().with_settings(|it| it.max_running_deployments = Some(1));
    options.coolify.pace = PACE;
    let stage = Stage::start_with(options).await;
    let (_, [_, second, third]) = three(&stage).await;
    assert_eq!((&second["position"], &third["position"]), (&json!(1), &json!(2)), "{third}");
    let theirs = stage.world.member("other").await;
    let params = json!({ "image": "nginx:1.27", "name": "site" });
    let made = theirs.agent.compact("apps.create", &params).await.expect("an app");
    assert_eq!(made["deployment"]["position"], Value::Null, "{made}");
}

/// Whatever was accepted runs once, though the answer of its hand-over was lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_with_a_lost_answer_is_found_and_not_repeated() {
    let mut options =
        Options::default().with_settings(|it| it.queue_lease = Duration::from_secs(1));
    options.coolify.pace = PACE;
    let stage = Stage::start_with(options).await;
    let (apps, [_, _, third]) = three(&stage).await;
    stage.world.coolify.arm(Fault::new(Name::DropAfter).on("POST", "/deploy$").times(1));
    stage.finish();
    stage.until_answered("GET", &format!("/deployments/applications/{}", apps[2]), 1).await;
    stage.finish();
    until(&stage, &apps[2], &third, "finished").await;
    let requests = stage.world.coolify.requests();
    assert_eq!(requests.iter().filter(|one| one.path.ends_with("/deploy")).count(), 3);
}

/// Coolify fails where the logs of the deployments of everybody exceed its memory.
#[tokio::test(flavor = "multi_thread")]
async fn deployments_continue_though_coolifys_list_of_all_deployments_fails() {
    let stage = Stage::still().await;
    let [one, two] = [stage.app("one").await, stage.app("two").await];
    stage.world.coolify.arm(Fault::new(Name::Status).status(500).on("GET", "/deployments$"));
    for app in [&one, &two] {
        let queued = stage.call("apps.deploy", json!({ "uuid": app })).await;
        for _ in 0..3 {
            let listed = stage.call("apps.deployments", json!({ "uuid": app })).await;
            assert_eq!(listed["deployments"][0]["uuid"], queued["uuid"], "{listed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_queued_by_a_stopped_server_runs_after_a_restart() {
    let mut stage = Stage::still().await;
    let (apps, [_, _, third]) = three(&stage).await;
    stage.world.restart().await;
    stage.finish();
    stage.until_answered("POST", "/deploy", 3).await;
    stage.finish();
    until(&stage, &apps[2], &third, "finished").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_waits_while_the_operator_pauses_the_queue() {
    let stage = Stage::still().await;
    let app = stage.app("app").await;
    let cell = covibe_domain::CellName::default();
    stage.world.store.pause_deployment_queue(&cell, true).await.expect("it is paused");
    let waits = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!((&waits["position"], &waits["ahead"]), (&json!(1), &json!(0)), "{waits}");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stage.answered("POST", "/deploy"), 0);
    stage.world.store.pause_deployment_queue(&cell, false).await.expect("it goes on");
    stage.until_answered("POST", "/deploy", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_control_hints_at_cancelling_only_waiting_deployments() {
    let stage = Stage::still().await;
    let (apps, [first, _, third]) = three(&stage).await;
    let hint = async |app: &String| {
        let params = json!({ "uuid": app, "action": "restart" });
        let refused = stage.agent().compact_raw("apps.control", &params).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
        refused.json()["hint"].as_str().expect("a hint").to_owned()
    };
    let waits = third["uuid"].as_str().expect("a uuid");
    let told = hint(&apps[2]).await;
    assert!(told.contains("deployments.cancel") && told.contains(waits), "{told}");
    let cancelled = stage.call("deployments.cancel", json!({ "uuid": waits })).await;
    assert_eq!(cancelled["cancelled"], true, "{cancelled}");
    stage.world.coolify.advance(PACE + PACE / 2);
    until(&stage, &apps[0], &first, "in_progress").await;
    let told = hint(&apps[0]).await;
    assert!(!told.contains("deployments.cancel"), "{told}");
    let params = json!({ "uuid": first["uuid"] });
    let refused = stage.agent().compact_raw("deployments.cancel", &params).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
}
