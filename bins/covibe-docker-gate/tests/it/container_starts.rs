//! Waiting for a container to start.

use serde_json::{Value, json};

use crate::engine_stub::{Engine, reply};
use crate::gate_client::Gate;

/// An engine that has these events.
fn engine(events: &'static str) -> Engine {
    use std::io::Write as _;
    Engine::answering(move |line, stream| {
        if !line.contains("/events?") {
            return false;
        }
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
        stream.write_all(format!("{head}{events}").as_bytes()).expect("the gate reads");
        true
    })
}

fn ask_for_starts(gate: &mut Gate, target: &str) -> Value {
    let told = gate.ask("GET", target, "");
    assert_eq!(told.status, 200, "{target}");
    told.json()
}

#[test]
fn the_engine_is_queried_only_for_container_starts_since_the_last_answer() {
    let engine = engine("");
    let mut gate = Gate::start(&engine.socket());
    let first = ask_for_starts(&mut gate, "/covibe/starts?within=5");
    assert_eq!(first["started"], true, "one may have started before");
    assert!(engine.lines().is_empty());
    let at = first["at"].as_str().expect("a moment");
    let next = ask_for_starts(&mut gate, &format!("/v1.41/covibe/starts?since={at}&within=5"));
    assert_eq!(next["started"], false);
    let until = next["at"].as_str().expect("a moment");
    let seconds = |text: &str| text.parse::<f64>().expect("seconds");
    let wait = seconds(until) - seconds(at);
    assert!((5.0..60.0).contains(&wait), "{wait}");
    let filters = "%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22start%22%5D%7D";
    let asked = format!("GET /v1.41/events?since={at}&until={until}&filters={filters}");
    assert_eq!(engine.lines(), [asked]);
}

#[test]
fn the_start_of_a_container_is_reported_without_its_identity() {
    let engine = engine("{\"id\":\"secret\",\"Actor\":{\"Attributes\":{\"name\":\"other\"}}}\n");
    let mut gate = Gate::start(&engine.socket());
    let told = ask_for_starts(&mut gate, "/covibe/starts?since=1.5&within=9");
    assert_eq!(told["started"], true);
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(2), "{told}");
}

#[test]
fn an_engine_that_refuses_events_is_reported_with_502() {
    let engine = Engine::answering(|line, stream| {
        let is_it = line.contains("/events?");
        if is_it {
            reply(stream, 400, &json!({ "message": "no" }));
        }
        is_it
    });
    let mut gate = Gate::start(&engine.socket());
    assert_eq!(gate.ask("GET", "/covibe/starts?since=1.5", "").status, 502);
}
