//! The traces of a real server.

#[path = "../../../../crates/clients/traces/tests/it/collector.rs"]
mod collector;

use std::time::Duration;

use covibe_testkit_http::World;
use serde_json::{Value, json};

use crate::server_process::Server;

/// Returns the spans of a body that a collector received.
fn spans(body: &Value) -> Vec<Value> {
    let of_resources = body["resourceSpans"].as_array().expect("a list").iter();
    let of_scopes = of_resources.flat_map(|it| it["scopeSpans"].as_array().expect("a list"));
    of_scopes.flat_map(|it| it["spans"].as_array().expect("a list")).cloned().collect()
}

fn attribute(span: &Value, name: &str) -> Option<String> {
    let attributes = span["attributes"].as_array().expect("a list");
    let found = attributes.iter().find(|each| each["key"] == name)?;
    found["value"]["stringValue"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_has_exported_call_spans_with_nested_upstream_requests() {
    let world = World::embedded().await;
    let (url, received) = collector::start();
    let server = Server::start_with(&world, &[("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())]);
    let agent = server.agent(&world.mark);
    assert_eq!(agent.compact_raw("apps.list", &json!({})).await.status, 200);
    let uuid = "a".repeat(24);
    assert_eq!(agent.compact_raw("apps.get", &json!({ "uuid": uuid })).await.status, 404);
    let (status, log) = server.ended_by("TERM");
    assert!(status.success(), "{log}");
    assert!(log.contains("covibe::call") && !log.contains("covibe::trace"), "{log}");

    let mut sent = Vec::new();
    let is_whole = |sent: &[Value]| sent.iter().any(|span| span["name"] == "apps.get");
    while !is_whole(&sent) {
        let (_, body) = received.recv_timeout(Duration::from_mins(1)).unwrap();
        let text = body.to_string();
        let token = world.mark.agent.key.as_ref().unwrap().expose();
        assert!(!text.contains(token) && !text.contains(world.coolify.token.expose()));
        assert!(!text.contains(&uuid), "a value of a path is in {text}");
        sent.extend(spans(&body));
    }
    let call = |name: &str| sent.iter().find(|span| span["name"] == name).unwrap();
    let list = call("apps.list");
    assert_eq!(attribute(list, "covibe.outcome").as_deref(), Some("ok"));
    assert_eq!(attribute(list, "covibe.workspace").as_deref(), Some("mark"));
    assert_eq!(attribute(call("apps.get"), "covibe.outcome").as_deref(), Some("not_found"));
    let below = |span: &&Value| span["parentSpanId"] == list["spanId"];
    let request = sent.iter().find(below).expect("a request below the call");
    assert_eq!(attribute(request, "peer.service").as_deref(), Some("Coolify"));
    assert_eq!(attribute(request, "http.request.method").as_deref(), Some("GET"));
}
