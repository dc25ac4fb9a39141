//! The hosts and origins that are let in, on every surface.

use covibe_testkit_http::{Agent, AgentAnswer, World};
use serde_json::json;

use crate::support::raw_requests;

const PATHS: [(&str, &str, &str); 5] = [
    ("POST", "/api/mcp", r#"{"tool":"apps.list"}"#),
    ("GET", "/api/mcp", ""),
    ("GET", "/api/workspaces/mark", ""),
    ("GET", "/openapi.json", ""),
    ("GET", "/nowhere", ""),
];

/// The answers of all paths to requests with these header lines.
async fn answers(agent: &Agent, headers: &str) -> Vec<AgentAnswer> {
    let mut answers = Vec::new();
    for (method, path, body) in PATHS {
        let bytes = raw_requests::request(agent, method, path, headers, body.as_bytes());
        answers.push(raw_requests::send(agent, &bytes).await);
    }
    answers
}

fn assert_refused(answers: &[AgentAnswer], why: &str) {
    for answer in answers {
        assert_eq!(answer.status, 403, "{why}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/json", "{why}");
        assert!(answer.json()["error"].is_string(), "{why}: {}", answer.text);
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{why}");
    }
}

fn assert_let_in(answers: &[AgentAnswer], why: &str) {
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 404], "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_foreign_host_names_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "169.254.169.254",
        "co-vibe.test.evil.example",
        "co-vibe.test:81",
        "localhost@evil.example",
    ] {
        assert_refused(&answers(agent, &format!("Host: {host}\r\n")).await, host);
    }
    for host in
        ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:8787", "co-vibe.test", "CO-VIBE.test"]
    {
        assert_let_in(&answers(agent, &format!("Host: {host}\r\n")).await, host);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_from_pages_of_other_origins_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for origin in [
        "https://evil.example",
        "null",
        "http://co-vibe.test",
        "https://co-vibe.test.evil.example",
        "https://co-vibe.test:444",
        "http://localhost:1",
        "file://",
        "chrome-extension://abc",
        "\u{fc}",
    ] {
        assert_refused(&answers(agent, &format!("Origin: {origin}\r\n")).await, origin);
    }
    for origin in ["https://co-vibe.test", agent.origin.as_str()] {
        assert_let_in(&answers(agent, &format!("Origin: {origin}\r\n")).await, origin);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_two_origins_is_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for (first, second) in [
        ("https://co-vibe.test", "https://evil.example"),
        ("https://evil.example", "https://co-vibe.test"),
        ("https://co-vibe.test", "https://co-vibe.test"),
    ] {
        let headers = format!("Origin: {first}\r\nOrigin: {second}\r\n");
        assert_refused(&answers(agent, &headers).await, &headers);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_names_another_host_is_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let host = agent.origin.trim_start_matches("http://");
    let answer = async |target: &str| {
        let bytes = raw_requests::request(agent, "GET", target, "", b"");
        raw_requests::send(agent, &bytes).await
    };
    for other in ["evil.example", "co-vibe.test", "localhost", "a@co-vibe.test"] {
        let answer = answer(&format!("http://{other}/openapi.json")).await;
        assert_refused(&[answer], other);
    }
    assert_eq!(answer(&format!("http://{host}/openapi.json")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_from_another_origin_changes_nothing_and_health_ignores_origins() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let body = json!({ "tool": "apps.create", "params": { "image": "nginx", "name": "sly" } });
    let bytes =
        raw_requests::post(agent, "Origin: https://evil.example\r\n", body.to_string().as_bytes());
    assert_eq!(raw_requests::send(agent, &bytes).await.status, 403);
    let apps = agent.compact("apps.list", &json!({})).await.expect("apps");
    assert_eq!(apps, json!({ "apps": [] }));
    for headers in ["Host: 10.0.0.7:8787\r\n", "Origin: https://evil.example\r\n"] {
        let bytes = raw_requests::request(agent, "GET", "/api/health", headers, b"");
        assert_eq!(raw_requests::send(agent, &bytes).await.status, 200, "{headers}");
    }
}
