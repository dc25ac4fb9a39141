//! `tools/call` is answered with and without rmcp; both give the same answers.

use covibe_testkit_http::{Agent, World};
use serde_json::{Value, json};

const VERSIONS: [&str; 3] = ["2025-03-26", "2025-11-25", "2026-07-28"];

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
        ("apps_get", json!({ "uuid": [7] })),
        ("apps_get", json!({ "uuid": "x", "unknown": true })),
        ("apps_exec", json!({})),
        ("projects_create", json!({ "name": "\u{202e} \"quoted\"" })),
        ("apps_delete", json!({ "uuid": "zzzzzzzzzzzzzzzzzzzzzzzz", "confirm": "x" })),
    ];
    for version in VERSIONS {
        for (tool, arguments) in &calls {
            let own = call(agent, tool, arguments, version, false).await;
            let rmcp = call(agent, tool, arguments, version, true).await;
            assert_eq!(own, rmcp, "{version} {tool} {arguments}");
        }
    }
}

/// Clients check structured content against the schema of the tool's answer, and show what does not fit
/// instead of the failure.
#[tokio::test]
async fn a_failing_call_of_any_tool_has_its_failure_as_text_alone() {
    let world = World::embedded().await;
    let unheard_of = json!({ "zzUnheardOf": true });
    for tool in world.dispatcher.registry().tools() {
        let name = tool.spec.mcp_name();
        for (version, token) in VERSIONS.into_iter().flat_map(|it| [(it, false), (it, true)]) {
            let answer = call(&world.mark.agent, &name, &unheard_of, version, token).await;
            let body: Value = serde_json::from_str(answer[2].as_str().unwrap()).unwrap();
            let (result, what) = (&body["result"], format!("{name} {version}: {body}"));
            assert_eq!(result["isError"], true, "{what}");
            assert_eq!(result.get("structuredContent"), None, "{what}");
            let text = result["content"][0]["text"].as_str().unwrap();
            let failure: Value = serde_json::from_str(text).unwrap();
            assert_eq!(failure["error"], "Unknown parameter `zzUnheardOf`.", "{what}");
            assert!(failure["hint"].is_string() && failure["code"] == "invalid", "{what}");
        }
    }
}

#[tokio::test]
async fn rmcp_answers_requests_whose_method_comes_last_and_refuses_large_metadata() {
    let world = World::embedded().await;
    let post = async |params: String, method: &str| {
        let body = format!(r#"{{"params":{params},"method":"{method}","id":1,"jsonrpc":"2.0"}}"#);
        let headers = [("content-type", "application/json"), ("accept", "application/json")];
        let answer = world.mark.agent.send("POST", "/api/mcp", &headers, Some(body)).await;
        (answer.status, answer.json())
    };
    let call =
        |meta: &str| format!(r#"{{"_meta":{{{meta}}},"name":"apps_list","arguments":{{}}}}"#);
    let large = "a".repeat(20_000);
    let plain = r#""progressToken":1"#.to_owned();
    for meta in [plain.clone(), format!(r#"{plain},"a":"{large}""#)] {
        let (status, answer) = post(call(&meta), "tools/call").await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["result"]["structuredContent"], json!({ "apps": [] }), "{answer}");
    }
    let (status, answer) = post(r#"{"_meta":{"a":{}}}"#.to_owned(), "tools/list").await;
    assert!(status == 200 && answer["result"]["tools"].is_array(), "{answer}");
    let capabilities = format!(r#""io.modelcontextprotocol/clientCapabilities":{{"a":"{large}"}}"#);
    let (status, answer) = post(call(&capabilities), "tools/call").await;
    assert_eq!((status, &answer["id"]), (200, &json!(1)), "{answer}");
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    let dense = format!(r#""progressToken":1,"x":[{}]"#, vec![r#"{"":0}"#; 130_000].join(","));
    for method in ["tools/call", "tools/list"] {
        let (status, answer) = post(call(&dense), method).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32600)), "{answer}");
    }
}
