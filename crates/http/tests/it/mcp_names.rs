//! Names in calls that do not exist, as answers repeat them.

use covibe_testkit_http::{AgentAnswer, World};
use serde_json::json;

use crate::support::raw_requests;

/// A name that hides and reorders what follows it, and is long.
fn hostile() -> String {
    format!("apps\u{202e}\u{2066}\u{200b}\u{7}\u{1b}[31m\u{2028}\u{e0041}{}", "x".repeat(5000))
}

/// Panics if a message repeats more of the hostile name than its visible beginning.
fn assert_clean(answer: &AgentAnswer, what: &str) {
    let raw = answer.text.replace("\\u001b", "\u{1b}").replace("\\u0007", "\u{7}");
    for c in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{7}', '\u{1b}', '\u{2028}', '\u{e0041}'] {
        assert!(!raw.contains(c), "{what}: {c:?} in {raw}");
    }
    assert!(answer.text.len() < 2000, "{what}: {}", answer.text);
}

#[tokio::test]
async fn unknown_names_are_repeated_shortened_and_without_hostile_characters() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let name = hostile();
    for (method, params) in [
        (name.as_str(), json!({})),
        ("tools/call", json!({ "name": name, "arguments": {} })),
        ("tools/call", json!({ "name": "apps_get", "arguments": { name.as_str(): 1 } })),
        ("tools/call", json!({ "name": "apps_get", "arguments": { "uuid": name } })),
        ("tools/call", json!({ "name": ["apps_get"], name.as_str(): name })),
        ("prompts/get", json!({ "name": name })),
        ("resources/read", json!({ "uri": name })),
        ("resources/read", json!({ "uri": format!("covibe://{name}") })),
        (
            "initialize",
            json!({ "protocolVersion": name, "capabilities": {},
                               "clientInfo": { "name": name, "version": name } }),
        ),
        ("tools/list", json!({ "cursor": name })),
        ("tools/list", json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": name } })),
    ] {
        let what: String = format!("{method} {params}").chars().take(80).collect();
        assert_clean(&agent.rpc(method, &params).await, &what);
        let mut declared = params;
        let version = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                              "io.modelcontextprotocol/clientCapabilities": {} });
        declared.as_object_mut().expect("members").entry("_meta").or_insert(version);
        let body =
            json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": declared }).to_string();
        for headers in ["", "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"] {
            let bytes = raw_requests::post(agent, headers, body.as_bytes());
            assert_clean(&raw_requests::send(agent, &bytes).await, &what);
        }
    }
    for body in [
        json!({ "tool": name }),
        json!({ "action": name, "params": {} }),
        json!({ "tool": "apps.list", name.as_str(): 1 }),
        json!({ "tool": "apps.list", "params": { name.as_str(): 1 } }),
        json!({ "jsonrpc": name, "id": 1, "method": "tools/list" }),
    ] {
        let answer = agent.json("POST", "/api/mcp", &body).await;
        assert_clean(&answer, &body.to_string().chars().take(80).collect::<String>());
    }
}
