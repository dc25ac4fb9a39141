//! The rules of who may use a runner, and of what a request may be.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use covibe_agent_servers::confinement::Confinement;
use serde_json::json;

use crate::raw_http_client::{Reply, send};
use crate::test_runner::World;

const BODY: &str = r#"{"agent":"shell","task":"true"}"#;

const RUN: (&str, &str) = ("POST", "/api/agent/run");

fn jobs(world: &World) -> u64 {
    world.get("/api/jobs").json()["total"].as_u64().unwrap()
}

#[test]
fn requests_from_web_pages_start_no_agent() {
    let world = World::new();
    let address = world.address();
    let attempt = |headers: &[(&str, &str)]| world.send(RUN, headers, Some(BODY)).status;
    assert_eq!(attempt(&[("Origin", "https://evil.example")]), 403);
    assert_eq!(attempt(&[("Origin", &format!("http://{address}"))]), 403);
    assert_eq!(attempt(&[("Origin", "null")]), 403);
    assert_eq!(attempt(&[("Host", "evil.example")]), 403);
    assert_eq!(attempt(&[("Host", "localhost.evil.example:3333")]), 403);
    for form in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
        "",
        "application/jsonp",
    ] {
        assert_eq!(attempt(&[("Content-Type", form)]), 415, "{form}");
    }
    let cancel = ("POST", "/api/jobs/x/cancel");
    assert_eq!(world.send(cancel, &[("Content-Type", "text/plain")], Some("")).status, 415);
    let read = world.send(("GET", "/api/jobs"), &[("Host", "evil.example")], None);
    assert_eq!(read.status, 403, "a name that a page lets point here reads nothing");
    assert_eq!(jobs(&world), 0);
    assert_eq!(
        attempt(&[("Host", "localhost:3333"), ("Content-Type", "application/json; charset=utf-8")]),
        202
    );
    assert_eq!(jobs(&world), 1);
}

#[test]
fn requests_without_the_configured_token_are_refused() {
    let token = "0123456789abcdef0123456789abcdef";
    let mut world = World::idle("").with("AGENT_RUNNER_TOKEN", token);
    world.start();
    let attempt = |value: &str| send(world.address(), RUN, &[("Authorization", value)], Some(BODY));
    let wrong = format!("{}0", &token[..31]);
    for value in [
        "",
        "Bearer",
        token,
        "Bearer ",
        &format!("Basic {token}"),
        &format!("Bearer {wrong}"),
        &format!("Bearer {token}x"),
    ] {
        let reply = attempt(value);
        assert_eq!(reply.status, 401, "{value}");
        assert_eq!(reply.header("WWW-Authenticate"), Some("Bearer"));
        assert!(!reply.text.contains(token));
    }
    assert_eq!(send(world.address(), ("GET", "/api/jobs"), &[], None).status, 401);
    assert_eq!(send(world.address(), ("GET", "/health"), &[], None).status, 200);
    assert!(!world.home().join("token").exists(), "another token is made");
    assert_eq!(attempt(&format!("Bearer {token}")).status, 202);
    let page = [("Authorization", &*format!("Bearer {token}")), ("Origin", "https://evil.example")];
    assert_eq!(send(world.address(), RUN, &page, Some(BODY)).status, 403);
}

#[test]
fn a_runner_without_a_configured_token_makes_one_that_only_its_user_can_read() {
    let mut world = World::new();
    let file = world.home().join("token");
    let token = fs::read_to_string(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(token.len(), 64);
    for headers in [&[][..], &[("Authorization", "Bearer 0123456789abcdef0123456789abcdef")]] {
        let refused = send(world.address(), RUN, headers, Some(BODY));
        assert_eq!(refused.status, 401);
        assert!(refused.text.contains("AGENT_RUNNER_HOME") && !refused.text.contains(&token));
    }
    assert_eq!(jobs(&world), 0);
    world.restart();
    assert_eq!(fs::read_to_string(&file).unwrap(), token, "callers may have it");
    assert_eq!(send(world.address(), ("GET", "/health"), &[], None).status, 200);
}

#[test]
fn a_job_can_neither_read_the_token_nor_start_further_jobs() {
    let world = World::new();
    let (token, port) = (world.home().join("token"), world.address().port());
    let script = format!(
        "cat {}; printf 'POST /api/agent/run HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\
         Content-Type: application/json\\r\\nContent-Length: {}\\r\\n\\r\\n{BODY}' > request
         bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; cat request >&3; cat <&3'",
        token.display(),
        BODY.len()
    );
    let job = world.run_script(&script);
    let output = job["output"].as_str().unwrap();
    assert!(output.contains("HTTP/1.1 401"), "{output}");
    assert_eq!(jobs(&world), 1);
    let is_read = output.contains(&fs::read_to_string(token).unwrap());
    assert!(!is_read || !Confinement::is_supported(), "a job has the token");
}

#[test]
fn invalid_run_requests_are_refused_with_the_faulty_member_named() {
    let world = World::new();
    let attempt = |body: &str| world.send(RUN, &[], Some(body));
    let named = |reply: &Reply, text: &str| {
        assert_eq!(reply.status, 400, "{}", reply.text);
        assert!(reply.text.contains(text), "{text}: {}", reply.text);
    };
    for (body, text) in [
        (json!({ "agent": "shel", "task": "x" }), "shell"),
        (json!({ "agent": "shell" }), "task"),
        (json!({ "agent": "shell", "task": "" }), "task"),
        (json!({ "agent": "shell", "task": ["x"] }), "task"),
        (json!({ "agent": "shell", "task": "x", "taks": "y" }), "taks"),
        (json!({ "agent": "shell", "task": "x", "timeout_s": 14_401 }), "timeout_s"),
        (json!({ "agent": "shell", "task": "x", "timeout_s": 0 }), "timeout_s"),
        (json!({ "agent": "shell", "task": "x".repeat(64 * 1024 + 1) }), "task"),
        (json!({ "agent": "shell", "task": "é".repeat(40_000) }), "task"),
        (json!({ "agent": "shell", "task": "x", "push": true }), "push"),
        (json!([]), "object"),
    ] {
        named(&attempt(&body.to_string()), text);
    }
    named(&attempt("{"), "JSON");
    named(&world.get("/api/jobs?status=x"), "status");
    let no_gitea = attempt(&json!({ "agent": "shell", "task": "x", "repo": "a/b" }).to_string());
    assert_eq!((no_gitea.status, no_gitea.text.contains("GITEA_API_URL")), (503, true));
    assert_eq!(
        attempt(&json!({ "agent": "shell", "task": "x".repeat(130 * 1024) }).to_string()).status,
        413
    );
    assert_eq!(jobs(&world), 0);
}

#[test]
fn unknown_paths_methods_and_jobs_are_answered_in_json() {
    let world = World::new();
    assert_eq!(world.get("/nothing").status, 404);
    assert_eq!(world.get("/api/agent/run").status, 405);
    for id in ["x", "..%2f..", "0198f0a0-0000-7000-8000-000000000000"] {
        let reply = world.get(&format!("/api/jobs/{id}"));
        assert_eq!((reply.status, reply.json()["error"].is_string()), (404, true), "{id}");
        assert_eq!(world.get(&format!("/api/jobs/{id}/events")).status, 404);
        assert_eq!(world.cancel(id).status, 404);
    }
    let agents = world.get("/api/agents").json();
    assert_eq!(agents["agents"][0]["name"], "shell");
}
