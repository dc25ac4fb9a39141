//! Stopping, starting and restarting by Coolify, where the server reaches no docker host.

use std::time::Duration;

use covibe_sandbox::coolify::{Condition, Outcome};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call_refused, expect_success, image, stack, started};

async fn world() -> World {
    let mut options = Options { docker: false, ..Options::default() };
    // A start is seen to begin only by looks while it begins, which come late on a busy machine.
    options.coolify.pace = Duration::from_millis(150);
    options.coolify.look = Some(Duration::from_millis(300));
    World::start(options).await.expect("SQLite is built in")
}

/// The calls that stop or start something, of which each stop must leave other tenants' images alone.
fn changes(world: &World) -> Vec<String> {
    let requests = world.coolify.requests();
    let changes: Vec<_> = requests.iter().filter(|request| request.method == "POST").collect();
    for stop in changes.iter().filter(|request| request.path.ends_with("/stop")) {
        assert_eq!(stop.query.get("docker_cleanup").map(String::as_str), Some("false"));
    }
    let verb = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let verbs = changes.iter().map(|request| verb(&request.path)).collect();
    world.coolify.clear_requests();
    verbs
}

async fn control(world: &World, tool: &str, uuid: &str, action: &str) -> Value {
    expect_success(world, tool, json!({ "uuid": uuid, "action": action })).await
}

fn assert_reached(answer: &Value, status: &str) {
    assert_eq!(
        (&answer["by"], &answer["changed"], &answer["reached"]),
        (&json!("coolify"), &json!(true), &json!(true)),
        "{answer}"
    );
    let services = answer["services"].as_array().expect("a list");
    assert!(!services.is_empty(), "{answer}");
    let is_as_wanted = |each: &Value| {
        each["status"] == status || (status == "exited" && each["status"] == "absent")
    };
    assert!(services.iter().all(is_as_wanted), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn coolify_stops_starts_and_restarts_all_kinds() {
    let world = world().await;
    let site = image(&world, json!([])).await;
    let crm = stack(&world).await;
    let provider = json!({ "provider": "pocketbase", "name": "auth" });
    let provider = started(&world, "auth.create", provider).await;
    let database = json!({ "type": "keydb", "name": "cache" });
    let database = started(&world, "databases.create", database).await;
    for (uuid, tool) in [
        (&site, "apps.control"),
        (&crm, "apps.control"),
        (&provider, "apps.control"),
        (&database, "databases.control"),
    ] {
        changes(&world);
        let restarted = control(&world, tool, uuid, "restart").await;
        assert_reached(&restarted, "running");
        assert!(restarted["warnings"].to_string().contains("new containers"), "{restarted}");
        assert_eq!(changes(&world).len(), 1, "{tool}");
        // Coolify has looked, so that it does not take the containers for stopped.
        world.coolify.advance(Duration::from_mins(6));
        let stopped = control(&world, tool, uuid, "stop").await;
        assert_reached(&stopped, "exited");
        assert!(stopped["warnings"].to_string().contains("COVIBE_DOCKER_HOST"), "{stopped}");
        assert_eq!(changes(&world), ["stop"]);
        let begun = control(&world, tool, uuid, "start").await;
        assert_reached(&begun, "running");
        assert_eq!(changes(&world).len(), 1, "{tool}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_action_changes_nothing() {
    let world = world().await;
    for (uuid, action) in
        [(image(&world, json!([])).await, "start"), (stack(&world).await, "start")]
    {
        changes(&world);
        let answer = control(&world, "apps.control", &uuid, action).await;
        assert_eq!((&answer["changed"], &answer["reached"]), (&json!(false), &json!(true)));
        assert_eq!(changes(&world), [""; 0]);
    }
    let idle = json!({ "image": "nginx:1.27", "name": "idle", "instantDeploy": false });
    let idle = started(&world, "apps.create", idle).await;
    changes(&world);
    let answer = control(&world, "apps.control", &idle, "stop").await;
    assert_eq!((&answer["changed"], &answer["reached"]), (&json!(false), &json!(true)));
    assert_eq!(changes(&world), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn control_of_one_service_needs_a_docker_host() {
    let world = world().await;
    let crm = stack(&world).await;
    let params = json!({ "uuid": crm, "action": "stop", "service": "worker" });
    let answer = call_refused(&world, "apps.control", params).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("COVIBE_DOCKER_HOST"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_ends_again_is_never_told_as_running() {
    let options = Options { docker: false, ..Options::default() };
    let outcomes = options.coolify.outcomes.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let site = image(&world, json!([])).await;
    control(&world, "apps.control", &site, "stop").await;
    outcomes.next("site", Outcome::Finishes(Condition::Exited));
    let answer = control(&world, "apps.control", &site, "start").await;
    assert_eq!((&answer["changed"], &answer["reached"]), (&json!(true), &json!(false)), "{answer}");
    assert_eq!(answer["services"][0]["status"], "exited", "{answer}");
    assert!(answer["warnings"].to_string().contains("does not stay up"), "{answer}");
}
