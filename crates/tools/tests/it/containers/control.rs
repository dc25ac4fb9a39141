//! Stopping, starting and restarting by docker.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_sandbox::coolify::Outcome;
use covibe_sandbox::docker::Arrangement;
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{
    arrange, call_refused, expect_success, image, service, stack, started, world_of_a_crash,
};
use crate::creation_idempotency::Operator;

/// The changes that the engine was asked for: each verb with its number.
fn changes(world: &World) -> BTreeMap<String, usize> {
    let engine = world.docker.as_ref().expect("an engine");
    let mut verbs = BTreeMap::new();
    for request in engine.requests().iter().filter(|request| request.method != "GET") {
        let verb = request.path.rsplit('/').next().unwrap_or_default().to_owned();
        *verbs.entry(verb).or_default() += 1;
    }
    engine.clear_requests();
    verbs
}

fn verbs<const N: usize>(of: [(&str, usize); N]) -> BTreeMap<String, usize> {
    of.map(|(verb, count)| (verb.to_owned(), count)).into()
}

async fn control(world: &World, uuid: &str, action: &str) -> Value {
    expect_success(world, "apps.control", json!({ "uuid": uuid, "action": action })).await
}

/// Changes a resource as an operator does in Coolify, which removes the containers at a stop.
async fn by_hand(world: &World, path: &str) {
    let path = format!("{path}?docker_cleanup=false");
    Operator::new(world).post(&path, &json!({})).await;
}

/// Returns the status and the container of a resource with one container.
fn only_container(answer: &Value) -> (&str, &str) {
    let services = answer["services"].as_array().expect("a list");
    assert_eq!(services.len(), 1, "{answer}");
    let text = |name: &str| services[0][name].as_str().unwrap_or_default();
    (text("status"), text("container"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_stopped_and_started_with_its_container_and_log() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let log = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    let before = log["services"][0]["container"].as_str().expect("a container");
    changes(&world);
    let stopped = control(&world, &app, "stop").await;
    assert_eq!(only_container(&stopped), ("exited", before), "{stopped}");
    assert_eq!(
        (&stopped["by"], &stopped["changed"], &stopped["reached"]),
        (&json!("docker"), &json!(true), &json!(true)),
        "{stopped}"
    );
    assert_eq!(changes(&world), verbs([("stop", 1)]));
    let told = expect_success(&world, "apps.get", json!({ "uuid": app })).await;
    assert_eq!(told["status"], "exited", "seen, though Coolify has not looked since: {told}");
    let log = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert!(log["services"][0]["lines"].as_u64().is_some_and(|lines| lines > 0), "{log}");
    let begun = control(&world, &app, "start").await;
    assert_eq!(only_container(&begun), ("running", before), "{begun}");
    assert_eq!((&begun["reached"], &begun["warnings"]), (&json!(true), &json!([])), "{begun}");
    assert_eq!(changes(&world), verbs([("start", 1)]));
    let again = control(&world, &app, "restart").await;
    assert_eq!(only_container(&again), ("running", before), "{again}");
    assert!(again["hint"].as_str().is_some_and(|hint| hint.contains("apps.deploy")), "{again}");
    assert_eq!(changes(&world), verbs([("restart", 1)]));
    world.coolify.advance(Duration::from_mins(6));
    let told = expect_success(&world, "apps.get", json!({ "uuid": app })).await;
    assert_eq!(told["status"], "running", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_action_changes_nothing() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    changes(&world);
    let running = control(&world, &app, "start").await;
    assert_eq!((&running["changed"], &running["reached"]), (&json!(false), &json!(true)));
    assert!(running["hint"].as_str().is_some_and(|hint| hint.contains("already started")));
    assert_eq!(changes(&world), verbs([]));
    control(&world, &app, "stop").await;
    changes(&world);
    let stopped = control(&world, &app, "stop").await;
    assert_eq!((&stopped["changed"], &stopped["reached"]), (&json!(false), &json!(true)));
    assert_eq!(only_container(&stopped).0, "exited");
    assert_eq!(changes(&world), verbs([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_app_is_controlled_by_service_or_as_a_whole() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let one = json!({ "uuid": app, "action": "stop", "service": "worker" });
    let stopped = expect_success(&world, "apps.control", one).await;
    assert_eq!(stopped["services"].as_array().map(Vec::len), Some(1), "{stopped}");
    assert_eq!(service(&stopped, "worker")["status"], "exited");
    let log = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(service(&log, "web")["status"], "running", "the others run on: {log}");
    // As a call does that is repeated after one that was killed.
    changes(&world);
    let all = control(&world, &app, "stop").await;
    assert_eq!(changes(&world), verbs([("stop", 2)]), "what was stopped is left alone");
    assert_eq!(
        (&all["reached"], all["services"].as_array().map(Vec::len)),
        (&json!(true), Some(3))
    );
    let begun = control(&world, &app, "start").await;
    assert_eq!(changes(&world), verbs([("start", 3)]), "{begun}");
    assert_eq!(begun["reached"], true, "{begun}");
    let wrong = json!({ "uuid": app, "action": "stop", "service": "workers" });
    let wrong = call_refused(&world, "apps.control", wrong).await;
    assert!(wrong.status == 400 && wrong.text.contains("Did you mean worker?"), "{}", wrong.text);
    let site = image(&world, json!([])).await;
    let none = json!({ "uuid": site, "action": "stop", "service": "web" });
    assert_eq!(call_refused(&world, "apps.control", none).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_all_kinds_and_auth_providers_are_controlled() {
    let world = World::embedded().await;
    for kind in ["postgresql", "keydb", "dragonfly", "clickhouse"] {
        let database = json!({ "type": kind, "name": kind });
        let uuid = started(&world, "databases.create", database).await;
        for (tool, action, status) in [
            ("databases.control", "stop", "exited"),
            ("apps.control", "start", "running"),
            ("databases.control", "restart", "running"),
        ] {
            let params = json!({ "uuid": uuid, "action": action });
            let answer = expect_success(&world, tool, params).await;
            assert_eq!(
                (only_container(&answer), &answer["reached"]),
                ((status, &*uuid), &json!(true))
            );
        }
    }
    let provider = json!({ "provider": "pocketbase", "name": "auth" });
    let provider = started(&world, "auth.create", provider).await;
    for (action, status) in [("stop", "exited"), ("start", "running"), ("restart", "running")] {
        let answer = control(&world, &provider, action).await;
        assert_eq!(
            (only_container(&answer).0, &answer["by"]),
            (status, &json!("docker")),
            "{answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_ends_again_is_reported_with_its_exit_code() {
    let world = world_of_a_crash().await;
    arrange(&world, "site", Arrangement { exit_code: Some(3), ..Arrangement::default() });
    let app = image(&world, json!([])).await;
    let answer = control(&world, &app, "start").await;
    assert_eq!((&answer["changed"], &answer["reached"]), (&json!(true), &json!(false)), "{answer}");
    assert_eq!(
        (only_container(&answer).0, &answer["services"][0]["exitCode"]),
        ("exited", &json!(3))
    );
    assert!(answer["warnings"].to_string().contains("ended with exit code 3"), "{answer}");
    assert!(answer["hint"].as_str().is_some_and(|hint| hint.contains("apps.logs")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_by_coolify_applies_a_change_that_waits() {
    // Containers are there at once, so that they are older than the change.
    let mut options = Options::default();
    (options.coolify.pace, options.coolify.look) =
        (Duration::ZERO, Some(Duration::from_millis(10)));
    let world = World::start(options).await.expect("SQLite is built in");
    let app = image(&world, json!([])).await;
    // The simulated engine notices a container when it is asked.
    let log = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    let before = log["services"][0]["container"].clone();
    let env = json!({ "uuid": app, "key": "LEVEL", "value": "debug" });
    expect_success(&world, "apps.envs.upsert", env).await;
    changes(&world);
    let answer = control(&world, &app, "restart").await;
    assert_eq!((&answer["by"], &answer["reached"]), (&json!("coolify"), &json!(true)), "{answer}");
    assert!(
        only_container(&answer).0 == "running" && before != only_container(&answer).1,
        "a new one: {answer}"
    );
    assert!(answer["warnings"].to_string().contains("A change required"), "{answer}");
    assert_eq!(changes(&world), verbs([]));
    let again = control(&world, &app, "restart").await;
    assert_eq!(again["by"], "docker", "no change is waiting: {again}");
    let database = json!({ "type": "redis", "name": "cache" });
    let database = started(&world, "databases.create", database).await;
    expect_success(&world, "apps.logs", json!({ "uuid": database })).await;
    let patch = json!({ "uuid": database, "patch": { "image": "redis:8" } });
    expect_success(&world, "databases.update", patch).await;
    let params = json!({ "uuid": database, "action": "restart" });
    let answer = expect_success(&world, "databases.control", params.clone()).await;
    assert_eq!((&answer["by"], &answer["reached"]), (&json!("coolify"), &json!(true)), "{answer}");
    assert_eq!(expect_success(&world, "databases.control", params).await["by"], "docker");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_by_coolify_that_fails_claims_no_new_container() {
    let mut options = Options::default();
    (options.coolify.pace, options.coolify.look) =
        (Duration::ZERO, Some(Duration::from_millis(10)));
    let outcomes = options.coolify.outcomes.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let app = image(&world, json!([])).await;
    expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    let env = json!({ "uuid": app, "key": "LEVEL", "value": "debug" });
    expect_success(&world, "apps.envs.upsert", env).await;
    outcomes.next("site", Outcome::Fails { log: vec!["manifest unknown".to_owned()] });
    let answer = control(&world, &app, "restart").await;
    assert_eq!((&answer["by"], &answer["reached"]), (&json!("coolify"), &json!(false)), "{answer}");
    assert_eq!(only_container(&answer).0, "running", "the container of before: {answer}");
    let warnings = answer["warnings"].to_string();
    assert!(!warnings.contains("created new containers"), "{warnings}");
    assert!(
        warnings.contains("the old containers remain") && warnings.contains("failed"),
        "{warnings}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_without_a_container_is_started_by_coolify() {
    let world = World::embedded().await;
    let engine = world.docker_host().expect("an engine");
    let (site, crm) = (image(&world, json!([])).await, stack(&world).await);
    let database = json!({ "type": "mysql", "name": "db" });
    let database = started(&world, "databases.create", database).await;
    let provider = json!({ "provider": "pocketbase", "name": "auth" });
    let provider = started(&world, "auth.create", provider).await;
    // It is seen to run, so that its first start is over.
    expect_success(&world, "databases.get", json!({ "uuid": database })).await;
    let stop = |family: &str, uuid: &str| format!("/{family}/{uuid}/stop");
    for path in [
        stop("applications", &site),
        stop("services", &crm),
        stop("databases", &database),
        stop("services", &provider),
    ] {
        by_hand(&world, &path).await;
    }
    for (uuid, tool) in [
        (&site, "apps.control"),
        (&crm, "apps.control"),
        (&database, "databases.control"),
        (&provider, "apps.control"),
    ] {
        let left = engine.containers(uuid).await.expect("a list");
        assert_eq!(left, [], "Coolify removed it");
        let answer = expect_success(&world, tool, json!({ "uuid": uuid, "action": "start" })).await;
        assert_eq!(
            (&answer["by"], &answer["changed"], &answer["reached"]),
            (&json!("coolify"), &json!(true), &json!(true)),
            "{answer}"
        );
        let services = answer["services"].as_array().expect("a list");
        assert!(services.iter().all(|each| each["status"] == "running"), "{answer}");
    }
    by_hand(&world, &stop("services", &crm)).await;
    let one = json!({ "uuid": crm, "action": "start", "service": "web" });
    let one = call_refused(&world, "apps.control", one).await;
    assert!(one.status == 409 && one.text.contains("apps.deploy"), "{}", one.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_deployed_or_paused_is_not_controlled() {
    let mut options = Options::default();
    options.coolify.pace = Duration::from_secs(29);
    let world = World::start(options).await.expect("SQLite is built in");
    let app = image(&world, json!([])).await;
    expect_success(&world, "apps.deploy", json!({ "uuid": app })).await;
    changes(&world);
    for action in ["start", "stop", "restart"] {
        let params = json!({ "uuid": app, "action": action });
        let answer = call_refused(&world, "apps.control", params).await;
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert!(answer.text.contains("apps.deployments"), "{}", answer.text);
    }
    world.coolify.advance(Duration::from_mins(5));
    arrange(&world, &app, Arrangement { paused: true, ..Arrangement::default() });
    for action in ["restart", "start"] {
        let params = json!({ "uuid": app, "action": action });
        let answer = call_refused(&world, "apps.control", params).await;
        assert!(answer.status == 409 && answer.text.contains("is paused"), "{}", answer.text);
    }
    assert_eq!(changes(&world), verbs([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_at_once_stop_an_app_once() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    changes(&world);
    let (one, other) = tokio::join!(control(&world, &app, "stop"), control(&world, &app, "stop"));
    assert_eq!((only_container(&one).0, only_container(&other).0), ("exited", "exited"));
    let changed = [&one, &other].map(|answer| answer["changed"] == true);
    assert_eq!(changed.iter().filter(|changed| **changed).count(), 1, "{one} {other}");
    assert_eq!(changes(&world), verbs([("stop", 1)]));
}
