//! An operator frees places, cancels deployments, and sees whether the queue before Coolify moves.

use covibe_domain::{Actor, CellName, Deployable, DeploymentUuid, Timestamp};
use covibe_sandbox::coolify::Accident;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::{AuditFilter, HoldTimes, QueueState, QueuedDeployment};
use covibe_testkit::{Member, Process};
use covibe_workspace::{FreedPlace, QueueCondition};

use super::*;

/// Waits until a server's queue is in a condition.
async fn until(process: &Process, condition: QueueCondition) {
    while process.dispatcher.deployment_queue().condition != condition {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Lets Coolify end a deployment after so many seconds, and the server know it.
async fn end_deployments_after(stage: &Stage, process: &Process, seconds: u64) {
    let operator = stage.world.operator();
    let server = operator.coolify_list("/servers").await[0]["uuid"].clone();
    let path = format!("/servers/{}", server.as_str().expect("a uuid"));
    operator.coolify("PATCH", &path, &json!({ "dynamic_timeout": seconds })).await;
    process.platform.look_at_upstreams().await.expect("Coolify answers");
}

fn id(of: &Value) -> DeploymentUuid {
    uuid(of).parse().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_can_free_the_place_of_a_deployment_whose_worker_was_lost() {
    let stage = Stage::still().await;
    let process = stage.world.process().await;
    let mut ids = Vec::new();
    for name in ["begun", "waiting"] {
        let app = stage.app(name).await;
        ids.push(id(&stage.call("apps.deploy", json!({ "uuid": app })).await));
        // A worker has the first one, the second one is lost before.
        stage.world.coolify.advance(if name == "begun" { PACE } else { Duration::ZERO });
        stage.world.coolify.set(Accident::ListFlushed);
    }
    let free = async |id: &DeploymentUuid| {
        process.platform.free_deployment_place(&CellName::default(), id).await
    };
    for id in &ids {
        let early = free(id).await.expect_err("it may run");
        assert_eq!(early.kind.status(), 409, "{early}");
        assert!(early.hint.is_some_and(|hint| hint.contains("3600 s")));
    }
    end_deployments_after(&stage, &process, 1).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let process_of_it = free(&ids[0]).await.expect("an answer");
    assert_eq!(process_of_it, FreedPlace::HasProcess(ids[0].clone()), "nothing is killed");
    assert_eq!(free(&ids[1]).await.expect("an answer"), FreedPlace::Cancelled);
    assert_eq!(free(&ids[1]).await.expect("an answer"), FreedPlace::Over);
}

#[tokio::test(flavor = "multi_thread")]
async fn freeing_the_place_of_an_ended_deployment_reports_that_it_is_over() {
    let stage = Stage::still().await;
    let process = stage.world.process().await;
    let app = stage.app("app").await;
    let deployed = stage.call("apps.deploy", json!({ "uuid": app })).await;
    stage.finish();
    let freed = process.platform.free_deployment_place(&CellName::default(), &id(&deployed)).await;
    assert_eq!(freed.expect("an answer"), FreedPlace::Over);
    let unknown = "abcdefghijklmnopqrstuvwx".parse().expect("an id");
    let missing = process.platform.free_deployment_place(&CellName::default(), &unknown).await;
    assert_eq!(missing.expect_err("there is none").kind.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_by_the_operator_is_recorded_in_the_tenants_audit() {
    let stage = Stage::still().await;
    let process = stage.world.process().await;
    let mut last = Value::Null;
    for name in ["one", "two", "three"] {
        let app = stage.app(name).await;
        last = stage.call("apps.deploy", json!({ "uuid": app })).await;
    }
    let open = process.store.open_deployments(&CellName::default()).await.expect("the queue");
    let waiting = open.iter().find(|each| each.id == id(&last)).expect("it waits");
    for expected in [true, false] {
        let cancelled = process.platform.cancel_waiting_deployment(waiting).await;
        assert_eq!(cancelled.expect("an answer"), expected);
    }
    let logs = stage.call("deployments.logs", json!({ "uuid": last["uuid"] })).await;
    assert_eq!(logs["status"], "cancelled", "{logs}");
    let filter = AuditFilter { tool: Some("queue.cancel".to_owned()), ..AuditFilter::default() };
    let mut tx = process.store.tenant_read(&waiting.tenant).await.expect("a transaction");
    let entries = tx.audit_entries(&filter, 10).await.expect("the audit");
    tx.commit().await.expect("its end");
    let told = (entries.len(), entries[0].outcome.as_str(), entries[0].resource.as_deref());
    assert_eq!(told, (1, "ok", Some(waiting.resource.uuid().as_str())));
    assert_eq!(entries[0].actor, Some(Actor::Operator));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queues_health_reports_paused_and_unreachable() {
    let stage = Stage::still().await;
    let (cell, store) = (CellName::default(), &stage.world.store);
    for name in ["one", "two", "three"] {
        let app = stage.app(name).await;
        stage.call("apps.deploy", json!({ "uuid": app })).await;
    }
    // A server that began with an empty queue would look at it again only after half a minute.
    let process = stage.world.process().await;
    assert_eq!(process.dispatcher.deployment_queue().condition, QueueCondition::Ok);
    store.pause_deployment_queue(&cell, true).await.expect("it is paused");
    until(&process, QueueCondition::Paused).await;
    store.pause_deployment_queue(&cell, false).await.expect("it goes on");
    until(&process, QueueCondition::Ok).await;
    let fault = Fault::new(Name::DropBefore).on("GET", "/deployments$").times(1000);
    stage.world.coolify.arm(fault);
    until(&process, QueueCondition::Unreachable).await;
    stage.world.coolify.disarm();
    until(&process, QueueCondition::Ok).await;
    let load = process.dispatcher.deployment_queue();
    assert_eq!((load.waiting, load.in_progress), (1, 2), "{load:?}");
    let handed = || {
        let servers = [&process.dispatcher, &stage.world.dispatcher];
        servers.iter().map(|each| each.deployment_waits().count()).sum::<u64>()
    };
    assert_eq!(handed(), 2);
    stage.finish();
    while handed() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workspace_describe_reports_deployments_that_wait_over_an_hour() {
    let stage = Stage::still().await;
    let (world, app) = (&stage.world, stage.app("app").await);
    let before = stage.call("workspace.describe", json!({})).await;
    assert_eq!(before.get("attention"), None, "{before}");
    let cell = CellName::default();
    world.store.pause_deployment_queue(&cell, true).await.expect("it is paused");
    let old = QueuedDeployment {
        id: "q4vm2k9c7w1x8z5b3n6d0".parse().expect("an id"),
        workspace: world.mark.record.id.clone(),
        cell,
        resource: Deployable::Application(app.parse().expect("a uuid")),
        commit: None,
        follows_branch: true,
        is_forced: false,
        state: QueueState::Waiting,
        waited: true,
        asked_at: Timestamp::now().before(Duration::from_mins(70)),
        hold: HoldTimes::default(),
        handing_since: None,
        deployment: None,
        handed_at: None,
        ended_at: None,
        replaced_by: None,
        reason: None,
        confirmed: Vec::new(),
    };
    let mut tx = world.store.tenant(&world.mark.record.tenant).await.expect("a transaction");
    tx.put_queued_deployment(&old, LONG).await.expect("it is written");
    tx.commit().await.expect("a commit");
    // A server that begins now reads the queue at once, the other one within half a minute.
    let process = world.process().await;
    while process.dispatcher.deployment_queue().oldest < Duration::from_hours(1) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let describe = async |member: &Member| {
        process.call(member, "workspace.describe", json!({})).await.expect("a description")
    };
    let told = describe(&world.mark).await;
    let attention = told["attention"][0].as_str().expect("a sentence");
    assert!(attention.contains(old.id.as_str()) && attention.contains(&app), "{attention}");
    assert!(attention.contains("70 minutes") && attention.contains("deployments.cancel"));
    let others = describe(&world.justine).await;
    assert_eq!(others.get("attention"), None, "{others}");
}

/// Coolify accepts deployments and starts then, and loses them.
#[tokio::test(flavor = "multi_thread")]
async fn the_queue_hands_nothing_over_while_coolify_cannot_reach_its_server() {
    let mut options =
        Options::default().with_settings(|it| it.queue_look = Duration::from_millis(20));
    let host = options.coolify.host.clone();
    options.coolify.look = Some(Duration::from_millis(50));
    let stage = Stage::start_with(options).await;
    let app = stage.app("site").await;
    host.lose();
    // Coolify notices it, and what was known before is out of date.
    stage.call("apps.list", json!({})).await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    stage.world.coolify.clear_requests();
    let database = json!({ "type": "redis", "name": "cache" });
    let database = stage.call("databases.create", database).await;
    assert_eq!(database["deployment"]["position"], 1, "{database}");
    let deployed = stage.call("apps.deploy", json!({ "uuid": app })).await;
    assert_eq!((&deployed["status"], &deployed["position"]), (&json!("queued"), &json!(2)));
    // A server that began with an empty queue would look at it again only after half a minute.
    let process = stage.world.process().await;
    until(&process, QueueCondition::ServerUnreachable).await;
    let logs = stage.call("deployments.logs", json!({ "uuid": deployed["uuid"] })).await;
    let hint = logs["hint"].as_str().expect("a hint");
    assert!(hint.contains("Coolify can't reach its server"), "{hint}");
    let shown = stage.call("databases.get", json!({ "uuid": database["uuid"] })).await;
    assert_eq!(shown["status"], "starting", "{shown}");
    for path in ["/deploy", "/start"] {
        assert_eq!(stage.answered("POST", path), 0, "nothing is handed over");
    }
    host.restore();
    stage.until_answered("POST", "/deploy", 1).await;
    stage.until_answered("POST", "/start", 1).await;
    until(&process, QueueCondition::Ok).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_failed_for_an_unreachable_server_is_not_blamed_on_the_app() {
    let stage = Stage::start_on(Version::default()).await;
    let app = stage.app("app").await;
    let log = vec!["Server is not functional.".to_owned()];
    stage.outcomes.next("app", Outcome::Fails { log });
    let outcome = stage.deploy(CallStyle::Tool, &app).await["outcome"].clone();
    assert_eq!(outcome["verdict"], "failed", "{outcome}");
    assert!(outcome["reason"].to_string().contains("not at fault"), "{outcome}");
    assert!(outcome["next"].to_string().contains("operator"), "{outcome}");
}
