//! The parts of the engine's answers that the client gets.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::container;
use crate::engine_stub::{Engine, reply};
use crate::gate_client::Gate;

#[test]
fn the_gate_reports_its_version_and_whether_it_can_kill() {
    let mut gate = Gate::start(Path::new("/nowhere"));
    let told = gate.ask("GET", "/v1.41/covibe/gate", "").json();
    assert_eq!(told["gate"], env!("CARGO_PKG_VERSION"));
    assert!(told["kill"].is_boolean());
}

#[test]
fn an_unreachable_engine_is_reported_with_502_and_used_again_once_back() {
    let engine = Engine::start();
    let (socket, aside) = (engine.socket(), engine.socket().with_extension("aside"));
    fs::rename(&socket, &aside).unwrap();
    let mut gate = Gate::start(&socket);
    let answer = gate.ask("GET", "/_ping", "");
    assert_eq!(answer.status, 502);
    assert!(answer.json()["message"].as_str().unwrap().contains("can't be reached"));
    fs::rename(&aside, &socket).unwrap();
    assert_eq!(gate.ask("GET", "/_ping", "").status, 200);
}

#[test]
fn an_engine_answer_that_is_not_http_is_reported_with_502() {
    let engine = Engine::answering(|_, stream| stream.write_all(b"+OK redis\r\n\r\n").is_ok());
    let mut gate = Gate::start(&engine.socket());
    assert_eq!(gate.ask("GET", "/_ping", "").status, 502);
    let engine = Engine::answering(|_, _| true);
    let mut gate = Gate::start(&engine.socket());
    assert_eq!(gate.ask("GET", "/_ping", "").status, 502);
}

#[test]
fn a_truncated_answer_of_the_engine_ends_the_connection_without_a_last_chunk() {
    let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let engine = Engine::answering(move |_, stream| stream.write_all(text.as_bytes()).is_ok());
    let mut gate = Gate::start(&engine.socket());
    gate.send(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(gate.head().status, 200);
    assert_eq!(gate.chunk().as_deref(), Some(&b"hello"[..]));
    assert!(gate.read_rest().is_empty(), "no last chunk");
}

#[test]
fn an_answer_without_a_body_is_forwarded_and_the_connection_stays_usable() {
    let engine = Engine::answering(|line, stream| {
        line.starts_with("POST") && stream.write_all(b"HTTP/1.1 304 x\r\n\r\n").is_ok()
    });
    let mut gate = Gate::start(&engine.socket());
    let answer = gate.ask("POST", &format!("/containers/{}/start", container()), "");
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    assert_eq!(gate.ask("GET", "/_ping", "").status, 200);
}

#[test]
fn answers_about_the_host_are_reduced_to_harmless_members() {
    let engine = Engine::answering(|line, stream| {
        let body = match line {
            "GET /version" => serde_json::json!({ "Version": "28.5", "KernelVersion": "6" }),
            "GET /system/df?type=volume" => {
                serde_json::json!({ "Volumes": [{ "Name": "coolify-db" }] })
            }
            _ => return false,
        };
        reply(stream, 200, &body);
        true
    });
    let mut gate = Gate::start(&engine.socket());
    let answer = gate.ask("GET", "/version", "");
    assert_eq!(answer.body, br#"{"Version":"28.5"}"#);
    assert!(!answer.head.iter().any(|line| line.starts_with("Server")), "{answer:?}");
    assert_eq!(gate.ask("GET", "/system/df?type=volume", "").body, br#"{"Volumes":[]}"#);
}

/// 256 MiB of a log go through a few MiB of memory, even if the client or the engine is slow.
#[test]
fn a_256_mib_log_is_forwarded_within_16_mib_of_memory() {
    const PIECES: usize = 4096;
    let engine = Engine::answering(|line, stream| {
        let is_log = line.contains("/logs");
        if is_log {
            let piece = vec![7; 64 << 10];
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("a reader");
            (0..PIECES).for_each(|_| stream.write_all(&piece).expect("a reader"));
        }
        is_log
    });
    let mut gate = Gate::start(&engine.socket());
    let target = format!("/containers/{}/logs?stdout=1&tail=10000", container());
    gate.send(&crate::gate_client::request("GET", &target, "", ""));
    assert_eq!(gate.head().status, 200);
    let mut received = 0;
    while let Some(chunk) = gate.chunk() {
        received += chunk.len();
    }
    assert_eq!(received, PIECES * (64 << 10));
    if let Some(peak) = peak(gate.process.id()) {
        assert!(peak < 16 << 10, "{peak} KiB");
    }
}

/// Returns the peak memory of a process, in KiB; `None` where the system does not say.
fn peak(pid: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
