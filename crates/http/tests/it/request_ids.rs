//! The id of a request: in its answer and in the audit.

use covibe_testkit_http::{Agent, World};
use serde_json::json;

use crate::audit::entries;

/// Lists the projects with these headers. Returns the id in the answer.
async fn request_id_of_list(agent: &Agent, headers: &[(&str, &str)]) -> String {
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    agent.send("GET", &path, headers, None).await.headers["x-request-id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_a_request_id_that_is_in_the_audit() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let own = request_id_of_list(agent, &[]).await;
    assert_eq!(own.len(), 28, "{own}");
    assert_eq!(request_id_of_list(agent, &[("x-request-id", "trace-1.a_b")]).await, "trace-1.a_b");
    let replaced = request_id_of_list(agent, &[("x-request-id", "no id")]).await;
    assert!(replaced.len() == 28 && replaced != own, "{replaced}");
    let denied = request_id_of_list(&agent.with_key(Some("nonsense")), &[]).await;
    let missing = agent.send("GET", "/nowhere", &[], None).await;
    assert_eq!((denied.len(), missing.headers["x-request-id"].len()), (28, 28));
    world.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    for id in [own.as_str(), "c:trace-1.a_b", &replaced] {
        let of = entries.iter().filter(|it| it.call == id && it.tool == "projects.list");
        assert_eq!(of.count(), 1, "{id}: {entries:?}");
    }
}

/// A client may send the same id with each request.
#[tokio::test(flavor = "multi_thread")]
async fn calls_with_the_same_request_id_have_an_audit_entry_each() {
    let world = World::embedded().await;
    for _ in 0..3 {
        request_id_of_list(&world.mark.agent, &[("x-request-id", "same")]).await;
    }
    world.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    assert_eq!(entries.iter().filter(|entry| entry.call == "c:same").count(), 3);
}

/// Whoever reads the audit looks for the id of one call.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_reuses_a_server_made_request_id_is_distinguished_in_the_audit() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let own = request_id_of_list(agent, &[]).await;
    assert_eq!(request_id_of_list(agent, &[("x-request-id", &own)]).await, own);
    world.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    let of = |id: &str| entries.iter().filter(|entry| entry.call == id).count();
    assert_eq!((of(&own), of(&format!("c:{own}"))), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_an_unknown_tool_has_its_request_id_in_the_audit() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let call = json!({ "name": "no_such_tool", "arguments": {} });
    let rpc = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
    let compact = json!({ "tool": "no.such.tool", "params": {} });
    for (id, body) in [("trace-rpc", rpc), ("trace-compact", compact)] {
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("x-request-id", id),
        ];
        agent.send("POST", "/api/mcp", &headers, Some(body.to_string())).await;
    }
    world.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    for (id, surface) in [("trace-rpc", "mcp"), ("trace-compact", "compact")] {
        let recorded = format!("c:{id}");
        let mut of = entries.iter().filter(|entry| entry.call == recorded);
        let entry = of.next().expect("an entry");
        assert_eq!((entry.tool.as_str(), entry.surface.as_str()), ("unknown", surface));
    }
}
