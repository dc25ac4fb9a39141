//! Authentication, the rate limit, malformed bodies and unknown paths.

use std::time::Duration;

use covibe_sandbox::coolify::{Abilities, Options, Version};
use serde_json::json;

use crate::simulator_client::{Client, Coolify, real_time_options};

#[tokio::test]
async fn version_and_health_are_answered_as_plain_text() {
    for (version, text) in
        [(Version::Beta473, "4.0.0-beta.473"), (Version::V4_1, "4.1.2"), (Version::V4_3, "4.3.11")]
    {
        let coolify = Coolify::on_release(version).await;
        assert_eq!(coolify.get("/version").await.text, text);
        let mut client = coolify.client;
        client.authorization = None;
        assert_eq!(client.get("/health").await.text, "OK");
    }
}

#[tokio::test]
async fn a_missing_or_wrong_token_is_answered_401() {
    let mut client = Coolify::on_release(Version::V4_3).await.client;
    for bad in [None, Some("Bearer 1|wrong".to_owned()), Some("Bearer ".to_owned())] {
        client.authorization = bad;
        let answer = client.get("/projects").await;
        assert_eq!((answer.status, answer.json()), (401, json!({ "message": "Unauthenticated." })));
    }
}

#[tokio::test]
async fn malformed_bodies_are_answered_400() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    let post = || coolify.request("POST", "/projects");
    for (request, error) in [
        (post().body("{\"name\":\"abc\"}"), "Content-Type must be application/json."),
        (post().json(&json!({})), "Empty JSON."),
        (post().header("Content-Type", "application/json").body("{"), "Invalid JSON."),
    ] {
        let answer = Client::send(request).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json(), json!({ "message": "Invalid request.", "error": error }));
    }
}

#[tokio::test]
async fn the_rate_limit_is_announced_in_headers_and_enforced() {
    let coolify =
        Coolify::with(Options { budget_per_minute: Some(4), ..real_time_options() }).await;
    let last_but_one = coolify.get("/projects").await;
    assert_eq!(last_but_one.header("x-ratelimit-limit"), Some("4"));
    assert_eq!(last_but_one.header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(coolify.get("/projects").await.status, 200);
    let over = coolify.get("/projects").await;
    assert_eq!((over.status, over.header("x-ratelimit-remaining")), (429, Some("0")));
    assert!((1..=61).contains(&over.header("retry-after").unwrap().parse::<u64>().unwrap()));
    assert!(over.header("x-ratelimit-reset").unwrap().parse::<u64>().unwrap() > 1_700_000_000);
    coolify.simulator.advance(Duration::from_mins(1));
    assert_eq!(coolify.get("/projects").await.status, 200);
}

#[tokio::test]
async fn a_window_of_the_rate_limit_begins_with_its_first_call() {
    let coolify =
        Coolify::with(Options { budget_per_minute: Some(4), ..real_time_options() }).await;
    coolify.simulator.advance(Duration::from_secs(90));
    assert_eq!(coolify.get("/projects").await.header("x-ratelimit-remaining"), Some("3"));
    coolify.simulator.advance(Duration::from_secs(50));
    assert_eq!(coolify.get("/projects").await.header("x-ratelimit-remaining"), Some("2"));
    coolify.simulator.advance(Duration::from_secs(10));
    assert_eq!(coolify.get("/projects").await.header("x-ratelimit-remaining"), Some("3"));
}

#[tokio::test]
async fn an_unknown_path_or_method_is_answered_404() {
    let coolify = Coolify::on_release(Version::V4_3).await;
    for (method, path) in
        [("GET", "/nothing"), ("POST", "/applications/dockercompose"), ("PUT", "/projects")]
    {
        let answer = Client::send(coolify.request(method, path).json(&json!({ "a": 1 }))).await;
        assert_eq!(
            (answer.status, &answer.json()["message"]),
            (404, &json!("Not found.")),
            "{path}"
        );
        assert!(answer.json()["docs"].is_string());
    }
}

#[tokio::test]
async fn a_token_may_only_do_what_its_abilities_allow() {
    let writes = Abilities { write: true, ..Abilities::NONE };
    let reads = Abilities { read: true, ..Abilities::NONE };
    let tokens = [("writes".to_owned(), writes), ("reads".to_owned(), reads)].into();
    let mut coolify = Coolify::with(Options { tokens, ..real_time_options() }).await;
    let database = coolify.with_place(json!({ "name": "db", "instant_deploy": false }));
    let uuid = coolify.uuid("/databases/postgresql", database).await;
    let path = format!("/databases/{uuid}");
    assert!(coolify.get(&path).await.json()["postgres_password"].is_string());
    coolify.client.authorization = Some("Bearer reads".to_owned());
    let shown = coolify.get(&path).await.json();
    assert_eq!(shown["name"], "db");
    for absent in ["postgres_password", "internal_db_url"] {
        assert!(shown.get(absent).is_none(), "{shown}");
    }
    let refused = coolify.delete(&path).await;
    assert_eq!((refused.status, &refused.json()["message"]), (403, &json!(LACKS_WRITE)));
    coolify.client.authorization = Some("Bearer writes".to_owned());
    assert_eq!(coolify.get(&path).await.status, 403);
    let refused = coolify.post(&format!("{path}/start"), json!({})).await;
    assert_eq!(refused.json()["message"], "Missing required permissions: deploy");
    assert_eq!(coolify.delete(&path).await.status, 200);
}

const LACKS_WRITE: &str = "Missing required permissions: write";
