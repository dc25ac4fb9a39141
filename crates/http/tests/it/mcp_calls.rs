//! `tools/call` is answered with and without rmcp; both give the same answers.

use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

/// Sends a call whose client accepts no stream. A progress token then changes nothing, but only rmcp
/// reads it.
async fn call(agent: &Agent, tool: &str, arguments: &Value, version: &str, token: bool) -> Value {
    let is_stateless = version == "2026-07-28";
    let mut meta = if is_stateless {
        json!({ "io.modelcontextprotocol/protocolVersion": version,
                "io.modelcontextprotocol/clientCapabilities": {} })
    } else {
        json!({ "a": 1 })
    };
    if token {
        meta["progressToken"] = json!(7);
    }
    let params = json!({ "name": tool, "arguments": arguments, "_meta": meta });
    let body = json!({ "jsonrpc": "2.0", "id": "an id", "method": "tools/call", "params": params });
    let mut headers = vec![("content-type", "application/json"), ("accept", "application/json")];
    headers.push(("mcp-protocol-version", version));
    if is_stateless {
        headers.extend([("mcp-method", "tools/call"), ("mcp-name", tool)]);
    }
    let mut answer = agent.send("POST", "/api/mcp", &headers, Some(body.to_string())).await;
    for changing in ["date", "x-request-id"] {
        answer.headers.remove(changing);
    }
    json!([answer.status, answer.headers, answer.text])
}

#[tokio::test]
async fn a_call_has_the_same_answer_with_and_without_rmcp() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let calls = [
        ("workspace_describe", json!({})),
        ("apps.list", json!({})),
        ("apps_get", json!({ "uuid": "zzzzzzzzzzzzzzzzzzzzzzzz" })),
        ("apps_get", json!({ "uuid": 7 })),
        ("apps_get", json!({ "uuid": "x", "unknown": true })),
        ("apps_exec", json!({})),
        ("projects_create", json!({ "name": "\u{202e} \"quoted\"" })),
        ("apps_delete", json!({ "uuid": "zzzzzzzzzzzzzzzzzzzzzzzz", "confirm": "x" })),
    ];
    for version in ["2025-03-26", "2025-11-25", "2026-07-28"] {
        for (tool, arguments) in &calls {
            let own = call(agent, tool, arguments, version, false).await;
            let rmcp = call(agent, tool, arguments, version, true).await;
            assert_eq!(own, rmcp, "{version} {tool} {arguments}");
        }
    }
}
