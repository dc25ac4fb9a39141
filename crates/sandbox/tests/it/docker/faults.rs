//! Faults of an engine, and what is arranged over its own endpoints.

use std::time::Duration;

use covibe_sandbox::coolify::Condition;
use covibe_sandbox::faults::{Fault, Name};
use serde_json::json;

use super::{Host, UPGRADE, raw_socket_calls};

#[tokio::test]
async fn faults_match_paths_with_any_api_version() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:1", Condition::Running).await;
    let id = host.only_container(&app).await;
    let path = format!("/v1.44/containers/{id}/json");
    let body = json!({ "message": "dial tcp: password=hunter2" });
    host.engine.arm(
        Fault::new(Name::Status).on("GET", "/containers/*/json$").status(500).body(body.clone()),
    );
    let failed = host.get(&path).await;
    assert_eq!((failed.status, failed.json()), (500, body));
    host.engine.arm(Fault::new(Name::Malformed).on("GET", "/containers/"));
    let malformed = host.get(&path).await;
    assert!(serde_json::from_slice::<serde_json::Value>(&malformed.body).is_err());
    host.engine.arm(Fault::new(Name::DropBefore).on("GET", "/containers/"));
    assert_eq!(host.get(&path).await.status, 0);
    host.engine.arm(Fault::new(Name::Huge).on("GET", "/containers/"));
    assert_eq!(host.get(&path).await.body.len(), 72 << 20);
    host.engine.arm(Fault::new(Name::Status).on("GET", "/containers/").status(403));
    assert!(host.get(&path).await.message().contains("authorization plugin"));
    host.engine
        .arm(Fault::new(Name::Delay).on("GET", "/containers/").delay(Duration::from_millis(5)));
    assert_eq!(host.get(&path).await.status, 200);
}

#[tokio::test]
async fn the_cut_off_fault_ends_answers_early_and_commands_continue() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:1", Condition::Running).await;
    let id = host.only_container(&app).await;
    host.engine.arm(Fault::new(Name::CutOff).times(3));
    let inspected = host.get(&format!("/containers/{id}/json")).await;
    assert!(inspected.status == 200 && !inspected.is_whole && !inspected.body.is_empty());
    let logs = host.get(&format!("/containers/{id}/logs?stdout=1")).await;
    assert!(!logs.is_whole, "{logs:?}");
    let refused = host.get("/containers/nope/json").await;
    assert_eq!((refused.status, refused.is_whole), (404, false));
    let exec = host.exec(&id, &["sh", "-c", "echo one; sleep 1000"]).await;
    host.engine.arm(Fault::new(Name::CutOff).on("POST", "/exec/*/start"));
    let path = format!("/exec/{exec}/start");
    let cut = raw_socket_calls::call(&host.socket, "POST", &path, Some("{}"), UPGRADE).await;
    assert_eq!(cut.texts()[0], "one\n");
    let left = host.get(&format!("/exec/{exec}/json")).await.json();
    assert_eq!(left["Running"], true, "the process goes on");
}

#[tokio::test]
async fn a_hanging_call_does_not_block_other_calls() {
    let host = Host::start().await;
    host.engine.arm(Fault::new(Name::Hang).on("GET", "/version"));
    let hanging = raw_socket_calls::open(&host.socket, "GET", "/version", None, "").await;
    while host.engine.requests().iter().all(|one| one.path != "/version") {
        tokio::task::yield_now().await;
    }
    assert_eq!(host.get("/_ping").await.status, 200);
    drop(hanging);
    assert_eq!(host.get("/version").await.status, 200);
}

#[tokio::test]
async fn the_control_endpoints_arrange_outcomes_and_add_containers_with_the_token() {
    let host = Host::start().await;
    let token = format!("X-Sandbox-Token: {}\r\n", host.engine.control_token().expose());
    let send = |path: &'static str, body: &'static str| {
        let (socket, token) = (&host.socket, &token);
        async move { raw_socket_calls::call(socket, "POST", path, Some(body), token).await.status }
    };
    assert_eq!(send("/__sandbox/containers", r#"{"name":"stray","image":"redis:7"}"#).await, 204);
    assert_eq!(send("/__sandbox/arrangements", r#"{"of":"stray","noShell":true}"#).await, 204);
    assert_eq!(send("/__sandbox/arrangements", r#"{"of":"stray","bogus":1}"#).await, 400);
    assert_eq!(send("/__sandbox/nothing", "{}").await, 404);
    let (out, _, code) = host.sh("stray", "id").await;
    assert!(out.contains("executable file not found") && code == 127, "{out}");
}
