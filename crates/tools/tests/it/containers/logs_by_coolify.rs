//! Tools without a docker host: they return the logs of running containers, by Coolify.

use covibe_testkit::{Options, World};
use serde_json::json;

use super::{call_refused, expect_success, image, service, stack, started};

/// A world whose server reaches no docker host.
async fn world() -> World {
    let options = Options { docker: false, ..Options::default() };
    World::start(options).await.expect("SQLite is built in")
}

#[tokio::test(flavor = "multi_thread")]
async fn coolify_returns_the_logs_of_running_containers() {
    let world = world().await;
    let app = stack(&world).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    assert_eq!(answer["source"], "coolify", "{answer}");
    assert!(answer["warnings"].to_string().contains("COVIBE_DOCKER_HOST"), "{answer}");
    assert_eq!(service(&answer, "web")["status"], "running", "{answer}");
    let site = image(&world, json!([])).await;
    let answer = expect_success(&world, "apps.logs", json!({ "uuid": site })).await;
    assert_eq!(answer["services"][0]["status"], "running", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_of_databases_and_commands_need_one() {
    let world = world().await;
    let database = json!({ "type": "postgresql", "name": "db" });
    let database = started(&world, "databases.create", database).await;
    world.coolify.clear_requests();
    let answer = call_refused(&world, "apps.logs", json!({ "uuid": database })).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    let asked = world.coolify.requests();
    assert!(
        asked.iter().all(|request| !request.path.ends_with("/logs")),
        "that route returns the log of another tenant"
    );
    let app = image(&world, json!([])).await;
    let answer = call_refused(&world, "apps.exec", json!({ "uuid": app, "command": "true" })).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("COVIBE_DOCKER_HOST"), "{}", answer.text);
    let wipe = json!({ "uuid": app, "volume": "data", "confirm": "data" });
    let answer = call_refused(&world, "apps.volumes.wipe", wipe).await;
    let list = call_refused(&world, "apps.volumes.list", json!({ "uuid": app })).await;
    assert_eq!((answer.status, &answer.text), (list.status, &list.text));
    assert_eq!(answer.status, 503, "{}", answer.text);
}
