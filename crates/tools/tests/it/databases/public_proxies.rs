//! Public databases: whether anything listens on the port is seen, and told.

use std::time::Duration;

use covibe_sandbox::coolify::DatabaseProxies;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{expect_success, postgres};
use crate::support::CallStyle;

async fn call_ok(world: &World, name: &str, params: Value) -> Value {
    expect_success(world, CallStyle::Tool, name, &params).await
}

/// A database that runs.
async fn running(world: &World) -> Value {
    let uuid = postgres(world, "main").await["uuid"].clone();
    world.coolify.advance(Duration::from_mins(1));
    uuid
}

async fn make_public(world: &World, uuid: &Value) -> Value {
    let patch = json!({ "isPublic": true, "publicPort": 15_432 });
    call_ok(world, "databases.update", json!({ "uuid": uuid, "patch": patch })).await
}

fn warnings(told: &Value) -> String {
    told["warnings"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_port_that_listens_is_reported_as_listening() {
    let world = World::embedded().await;
    let uuid = running(&world).await;
    let told = make_public(&world, &uuid).await;
    assert_eq!((&told["listening"], told.get("warnings")), (&json!(true), None), "{told}");
    let got = call_ok(&world, "databases.get", json!({ "uuid": uuid })).await;
    assert_eq!((&got["listening"], got.get("hint")), (&json!(true), None), "{got}");
    assert!(got["externalUrl"].is_string(), "{got}");
    let patch = json!({ "isPublic": false });
    let closed = call_ok(&world, "databases.update", json!({ "uuid": uuid, "patch": patch })).await;
    assert_eq!(closed.get("listening"), None, "{closed}");
    let got = call_ok(&world, "databases.get", json!({ "uuid": uuid })).await;
    assert_eq!((got.get("listening"), got.get("hint")), (None, None), "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_database_proxy_is_reported_with_the_fix() {
    let world = World::embedded().await;
    let uuid = running(&world).await;
    world.coolify.set(DatabaseProxies::Unpullable);
    let told = make_public(&world, &uuid).await;
    assert_eq!(told["listening"], false, "{told}");
    let warning = warnings(&told);
    assert!(warning.contains("15432") && warning.contains("`isPublic` to false"), "{warning}");
    let got = call_ok(&world, "databases.get", json!({ "uuid": uuid })).await;
    assert_eq!((&got["isPublic"], &got["listening"]), (&json!(true), &json!(false)), "{got}");
    assert!(got["hint"].as_str().is_some_and(|hint| hint.contains("15432")), "{got}");
    world.coolify.set(DatabaseProxies::Start);
    let patch = json!({ "isPublic": false });
    call_ok(&world, "databases.update", json!({ "uuid": uuid, "patch": patch })).await;
    assert_eq!(make_public(&world, &uuid).await["listening"], true, "what the warning says helps");
}

/// Coolify makes the database private again without a word (4.3.11).
#[tokio::test(flavor = "multi_thread")]
async fn making_a_database_public_on_a_port_taken_on_the_host_is_reported_as_ignored() {
    let world = World::embedded().await;
    let uuid = running(&world).await;
    world.coolify.set(DatabaseProxies::PortTaken);
    let told = make_public(&world, &uuid).await;
    let applied = json!(["publicPort"]);
    assert_eq!((&told["listening"], &told["applied"]), (&json!(false), &applied), "{told}");
    assert_eq!(told["ignored"][0]["field"], "isPublic", "{told}");
    let warning = warnings(&told);
    assert!(warning.contains("15432") && warning.contains("publicPort"), "{warning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarting_proxy_of_a_stopped_database_causes_a_warning() {
    let world = World::embedded().await;
    let uuid = running(&world).await;
    let control = json!({ "uuid": uuid, "action": "stop" });
    call_ok(&world, "databases.control", control).await;
    let told = make_public(&world, &uuid).await;
    assert_eq!(told["listening"], false, "{told}");
    assert!(warnings(&told).contains("keeps crashing"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_get_omits_listening_if_the_docker_host_is_slow() {
    let world = World::embedded().await;
    let uuid = running(&world).await;
    make_public(&world, &uuid).await;
    let docker = world.docker.as_ref().expect("an engine");
    let _hold = docker.hold("GET", "/containers/json");
    let asked = tokio::time::Instant::now();
    let got = call_ok(&world, "databases.get", json!({ "uuid": uuid })).await;
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    assert_eq!(got.get("listening"), None, "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_docker_host_the_state_of_a_public_port_is_reported_as_unknown() {
    let options = Options { docker: false, ..Options::default() };
    let world = World::start(options).await.expect("SQLite is built in");
    let uuid = running(&world).await;
    let told = make_public(&world, &uuid).await;
    assert_eq!(told.get("listening"), None, "{told}");
    assert!(warnings(&told).contains("COVIBE_DOCKER_HOST"), "{told}");
    let got = call_ok(&world, "databases.get", json!({ "uuid": uuid })).await;
    assert_eq!(got.get("listening"), None, "{got}");
    assert!(got["hint"].as_str().is_some_and(|it| it.contains("COVIBE_DOCKER_HOST")), "{got}");
}

/// As one does whose gate is older than the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_docker_host_that_refuses_to_list_proxies_causes_a_warning() {
    let world = World::embedded().await;
    let uuid = running(&world).await;
    let docker = world.docker.as_ref().expect("an engine");
    let refusal = Fault::new(Name::Status).status(403).on("GET", "/containers/json");
    docker.arm(refusal.times(u32::MAX));
    let told = make_public(&world, &uuid).await;
    assert_eq!(told.get("listening"), None, "{told}");
    assert!(warnings(&told).contains("did not report"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_public_database_reports_listening_only_if_the_call_waits() {
    let world = World::embedded().await;
    let params = json!({ "type": "redis", "name": "a", "isPublic": true, "wait": true });
    let made = call_ok(&world, "databases.create", params).await;
    assert_eq!((&made["listening"], made.get("hint")), (&json!(true), None), "{made}");
    let params = json!({ "type": "redis", "name": "b", "isPublic": true });
    let made = call_ok(&world, "databases.create", params).await;
    assert_eq!(made.get("listening"), None, "{made}");
    assert!(made["hint"].as_str().is_some_and(|hint| hint.contains("databases.get")), "{made}");
    world.coolify.set(DatabaseProxies::PortTaken);
    let params = json!({ "type": "redis", "name": "c", "isPublic": true, "wait": true });
    let made = call_ok(&world, "databases.create", params).await;
    assert_eq!((&made["listening"], &made["isPublic"]), (&json!(false), &json!(false)), "{made}");
    assert_eq!(made.get("externalUrl"), None, "{made}");
}
