//! The bytes that reach the engine, and those that do not.

use crate::engine_stub::{Engine, container_description};
use crate::gate_client::{Gate, request};
use crate::{UUID, command, container};

const PING: &str = "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n";

#[test]
fn a_refused_request_leaves_the_connection_usable() {
    let engine = Engine::start();
    let mut gate = Gate::start(&engine.socket());
    for (method, target, body) in [
        ("POST", "/containers/create", r#"{"Image":"x","HostConfig":{"Binds":["/:/host"]}}"#),
        ("GET", "/info", ""),
        ("GET", "/volumes/coolify-db", ""),
        ("DELETE", "/containers/coolify", ""),
        ("PUT", "/x", "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"),
    ] {
        let answer = gate.ask(method, target, body);
        assert_eq!(answer.status, 403, "{method} {target}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("covibe-docker-gate: "), "{message}");
    }
    assert_eq!(gate.ask("GET", "/_ping", "").status, 200);
    assert_eq!(engine.requests(), [PING]);
}

#[test]
fn forwarded_requests_are_rebuilt_without_client_headers() {
    let engine = Engine::start();
    let mut gate = Gate::start(&engine.socket());
    let headers =
        "X-Registry-Auth: c2VjcmV0\r\nCookie: a=b\r\nX-Forwarded-For: ::1\r\nUpgrade: h2c\r\n";
    gate.send(&request("GET", "/v1.41/%5Fping", headers, ""));
    assert_eq!(gate.answer().status, 200);
    assert_eq!(engine.requests(), [PING.replace("/_ping", "/v1.41/_ping")]);
}

#[test]
fn pipelined_requests_are_checked_separately() {
    let engine = Engine::start();
    let mut gate = Gate::start(&engine.socket());
    let smuggled = request("POST", "/containers/create", "", "{}");
    let mut both = request("GET", "/_ping", "", "");
    both.extend(&smuggled);
    gate.send(&both);
    assert_eq!(gate.answer().status, 200);
    assert_eq!(gate.answer().status, 403);
    let chunked =
        "POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    gate.send(
        format!("{chunked}2\r\n{{}}\r\n0\r\n\r\nGET /_ping HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(),
    );
    assert_eq!(gate.answer().status, 403);
    assert_eq!(gate.answer().status, 200);
    assert_eq!(engine.requests(), [PING, PING]);
}

#[test]
fn requests_of_ambiguous_length_are_refused_and_end_the_connection() {
    for (text, status) in [
        (
            "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
        ),
        ("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n", 400),
        ("POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4;x\r\n", 400),
        ("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n", 413),
        ("GET / HTTP/1.0\r\n\r\n", 505),
        ("SSH-2.0-OpenSSH_9.2\r\n", 400),
    ] {
        let engine = Engine::start();
        let mut gate = Gate::start(&engine.socket());
        gate.send(format!("{text}GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        let answer = gate.answer();
        assert_eq!(answer.status, status, "{text}");
        assert!(answer.head.contains(&"Connection: close".to_owned()));
        assert!(gate.read_rest().is_empty());
        assert!(engine.lines().is_empty(), "{text}");
    }
}

#[test]
fn a_chunked_body_over_the_limit_is_answered_413() {
    let engine = Engine::start();
    let mut gate = Gate::start(&engine.socket());
    gate.send(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    gate.send(format!("1000\r\n{}\r\n", "x".repeat(4096)).repeat(65).as_bytes());
    assert_eq!(gate.answer().status, 413);
}

/// Every call on a container that belongs to no resource ends with the look at it.
#[test]
fn containers_outside_resources_are_only_inspected_and_every_call_is_refused() {
    let other = "zbcdefghijkl012345678901";
    for (name, project) in [
        ("/coolify".to_owned(), "coolify"),
        ("/coolify-db".to_owned(), UUID),
        ("/coolify-proxy".to_owned(), "proxy"),
        (format!("/{UUID}-proxy"), UUID),
        (format!("/web-{UUID}"), "proxy"),
        (format!("/{UUID}-pr-1"), UUID),
        (format!("/web-{UUID}"), other),
        (format!("/web-{other}"), UUID),
        (format!("/web-{UUID}-093045123456"), other),
        (format!("/{UUID}-{other}-093045123456"), UUID),
        (format!("/web-{UUID}-pr-1"), UUID),
        (format!("/{UUID}"), ""),
        ("/x".to_owned(), UUID),
    ] {
        let seen = container_description(&name, project);
        let engine = Engine::describing("/containers/", seen);
        let mut gate = Gate::start(&engine.socket());
        for (method, target, body) in calls() {
            assert_eq!(gate.ask(method, &target, &body).status, 403, "{name} {project} {target}");
        }
        assert_eq!(engine.requests(), Vec::<String>::new(), "{name} {project}");
    }
}

#[test]
fn the_proxy_of_a_public_database_may_only_be_removed() {
    let engine = Engine::describing(
        "/containers/",
        container_description(&format!("/{UUID}-proxy"), "proxy"),
    );
    let mut gate = Gate::start(&engine.socket());
    for (method, target, body) in calls() {
        let expected = if method == "DELETE" { 200 } else { 403 };
        assert_eq!(gate.ask(method, &target, &body).status, expected, "{method} {target}");
    }
    let seen = engine.requests();
    assert!(matches!(&seen[..], [one] if one.starts_with("DELETE /containers/")), "{seen:?}");
}

/// Every call that acts on a container.
pub(crate) fn calls() -> Vec<(&'static str, String, String)> {
    let container = |rest: &str| format!("/containers/{}{rest}", container());
    let exec = |rest: &str| format!("/exec/{}{rest}", command());
    let creation = r#"{"Cmd":["ls"],"Env":["COVIBE_EXEC=0123456789abcdef"]}"#;
    vec![
        ("GET", container("/json"), String::new()),
        ("GET", container("/logs?stdout=1&tail=1"), String::new()),
        ("GET", container("/top"), String::new()),
        ("GET", container("/archive?path=/"), String::new()),
        ("POST", container("/start"), String::new()),
        ("POST", container("/stop"), String::new()),
        ("POST", container("/restart"), String::new()),
        ("DELETE", container("?force=true"), String::new()),
        ("POST", container("/exec"), creation.to_owned()),
        ("POST", exec("/start"), "{}".to_owned()),
        ("GET", exec("/json"), String::new()),
        ("POST", format!("/covibe{}", exec("/kill")), String::new()),
    ]
}

#[test]
fn a_missing_container_is_reported_with_404_without_the_engines_message() {
    let engine = Engine::start();
    let mut gate = Gate::start(&engine.socket());
    let answer = gate.ask("GET", &format!("/containers/{}/json", "7".repeat(64)), "");
    assert_eq!(answer.status, 404);
    assert!(!String::from_utf8_lossy(&answer.body).contains("engine's words"));
}
