//! Faults, latency and the record of requests.

use std::time::{Duration, Instant};

use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use serde_json::{Value, json};

use crate::simulator_client::{Client, Coolify, HttpAnswer, gitea};

async fn faulty(name: Name) -> Coolify {
    let coolify = Coolify::on_release(Version::V4_3).await;
    coolify.simulator.arm(Fault::new(name).on("POST", "/projects"));
    coolify
}

async fn create(coolify: &Coolify) -> Result<HttpAnswer, reqwest::Error> {
    Client::try_send(coolify.request("POST", "/projects").json(&json!({ "name": "second" }))).await
}

fn has_created(coolify: &Coolify) -> bool {
    coolify.simulator.names(Collection::Projects).contains(&"second".to_owned())
}

/// Asserts that the fault is used up, so that the same call succeeds.
async fn next_succeeds(coolify: &Coolify) {
    assert_eq!(create(coolify).await.unwrap().status, 201);
}

#[tokio::test]
async fn the_status_fault_answers_in_the_vendors_shape_and_creates_nothing() {
    for (status, shape) in [
        (500, json!({ "message": "Server Error" })),
        (401, json!({ "message": "Unauthenticated." })),
    ] {
        let coolify = Coolify::on_release(Version::V4_3).await;
        coolify.simulator.arm(Fault::new(Name::Status).on("POST", "/projects").status(status));
        let answer = create(&coolify).await.unwrap();
        assert_eq!((answer.status, answer.json()), (status, shape));
        assert!(!has_created(&coolify));
        next_succeeds(&coolify).await;
    }
}

#[tokio::test]
async fn the_status_fault_403_of_coolify_contains_success_true() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    coolify.simulator.arm(Fault::new(Name::Status).status(403));
    let answer = coolify.get("/projects").await;
    assert_eq!((answer.status, &answer.json()["success"]), (403, &json!(true)));
}

#[tokio::test]
async fn the_status_after_fault_answers_500_after_the_creation() {
    let coolify = faulty(Name::StatusAfter).await;
    assert_eq!(create(&coolify).await.unwrap().status, 500);
    assert!(has_created(&coolify));
}

#[tokio::test]
async fn the_delay_fault_serves_the_request_after_the_delay() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    coolify.simulator.arm(Fault::new(Name::Delay).delay(Duration::from_millis(300)));
    let begun = Instant::now();
    assert_eq!(create(&coolify).await.unwrap().status, 201);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn the_drop_before_fault_is_a_connection_error_and_creates_nothing() {
    let coolify = faulty(Name::DropBefore).await;
    let error = create(&coolify).await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout() && error.status().is_none(), "{error:?}");
    assert!(!has_created(&coolify));
    next_succeeds(&coolify).await;
    let statuses: Vec<_> =
        coolify.simulator.requests().iter().rev().take(2).map(|one| one.status).collect();
    assert_eq!(statuses, [Some(201), None]);
}

#[tokio::test]
async fn the_drop_after_fault_is_a_connection_error_after_the_creation() {
    let coolify = faulty(Name::DropAfter).await;
    let error = create(&coolify).await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout() && error.status().is_none(), "{error:?}");
    assert!(has_created(&coolify));
}

#[tokio::test]
async fn the_malformed_fault_answers_invalid_json_after_the_creation() {
    let coolify = faulty(Name::Malformed).await;
    let answer = create(&coolify).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_str::<Value>(&answer.text).is_err());
    assert!(has_created(&coolify));
}

#[tokio::test]
async fn the_huge_fault_answers_72_mib_until_the_client_closes_the_connection() {
    let coolify = faulty(Name::Huge).await;
    let request = coolify.request("POST", "/projects").json(&json!({ "name": "second" }));
    let mut response = request.send().await.unwrap();
    assert!(response.chunk().await.unwrap().unwrap().iter().all(|byte| *byte == b' '));
    drop(response);
    assert!(has_created(&coolify));
    coolify.simulator.arm(Fault::new(Name::Huge).on("GET", "/projects"));
    assert_eq!(coolify.get("/projects").await.text.len(), 72 << 20);
}

#[tokio::test]
async fn the_limited_fault_answers_429_with_retry_after_and_creates_nothing() {
    let coolify = faulty(Name::Limited).await;
    let answer = create(&coolify).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    assert!(!has_created(&coolify));
    next_succeeds(&coolify).await;
}

#[tokio::test]
async fn the_hang_fault_never_answers_and_blocks_no_other_request() {
    let coolify = faulty(Name::Hang).await;
    let request = coolify.request("POST", "/projects").json(&json!({ "name": "second" }));
    let hanging = Client::try_send(request.timeout(Duration::from_millis(300)));
    let (hung, other) = tokio::join!(hanging, coolify.get("/projects"));
    assert!(hung.unwrap_err().is_timeout());
    assert_eq!(other.status, 200);
    assert!(!has_created(&coolify));
    next_succeeds(&coolify).await;
}

#[tokio::test]
async fn faults_armed_over_http_occur_as_often_as_requested_or_until_disarmed() {
    let gitea = gitea().await;
    let arm = json!({ "fault": "status", "path": "/users/*", "status": 503, "times": 2 });
    let armed = Client::send(gitea.request("POST", "/__sandbox/faults").json(&arm)).await;
    assert_eq!(armed.status, 204);
    for expected in [503, 503, 200] {
        assert_eq!(gitea.get("/users/operator").await.status, expected);
        assert_eq!(gitea.get("/version").await.status, 200);
    }
    Client::send(gitea.request("POST", "/__sandbox/faults").json(&arm)).await;
    let disarmed = Client::send(gitea.request("DELETE", "/__sandbox/faults")).await;
    assert_eq!(disarmed.status, 204);
    assert_eq!(gitea.get("/users/operator").await.status, 200);
}

#[tokio::test]
async fn invalid_faults_are_refused_over_http() {
    let gitea = gitea().await;
    for bad in [
        json!({ "fault": "nap" }),
        json!({ "fault": "hang", "times": 0 }),
        json!({ "fault": "hang", "for": 1 }),
    ] {
        let refused = Client::send(gitea.request("POST", "/__sandbox/faults").json(&bad)).await;
        assert_eq!(refused.status, 400);
    }
}

#[tokio::test]
async fn recorded_requests_contain_all_but_the_credentials() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    coolify.simulator.clear_requests();
    coolify.post("/deploy?uuid=abc", json!({ "force": true })).await;
    let log = Client::send(coolify.request("GET", "/__sandbox/requests")).await;
    assert!(!log.text.contains(coolify.simulator.token.expose()));
    let expected = json!({ "method": "POST", "path": "/api/v1/deploy", "query": { "uuid": "abc" },
                           "body": { "force": true }, "status": 404, "bytes": 33 });
    assert_eq!(log.json(), json!({ "requests": [expected] }));
    Client::send(coolify.request("DELETE", "/__sandbox/requests")).await;
    assert!(coolify.simulator.requests().is_empty());
}

#[tokio::test]
async fn a_dropped_simulator_stops_listening() {
    let Coolify { client, .. } = Coolify::on_release(Version::V4_3).await;
    let url = client.simulator.url.clone();
    drop(client);
    let address = url.trim_start_matches("http://");
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{url} still listens");
}

#[tokio::test]
async fn latency_delays_every_request_with_or_without_a_fault() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    coolify.simulator.set_latency(Duration::from_millis(60));
    coolify.simulator.arm(Fault::new(Name::Limited));
    for status in [429, 200] {
        let begun = Instant::now();
        assert_eq!(coolify.get("/projects").await.status, status);
        assert!(begun.elapsed() >= Duration::from_millis(60));
    }
    coolify.simulator.set_latency(Duration::from_secs(2));
    coolify.simulator.clear_requests();
    let side_by_side = async {
        while coolify.simulator.requests().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        coolify.simulator.requests().iter().all(|request| request.status.is_none())
    };
    let (one, other, side_by_side) =
        tokio::join!(coolify.get("/projects"), coolify.get("/servers"), side_by_side);
    assert_eq!((one.status, other.status), (200, 200));
    assert!(side_by_side, "they wait side by side");
    coolify.simulator.set_latency(Duration::ZERO);
    assert_eq!(coolify.get("/projects").await.status, 200);
}
