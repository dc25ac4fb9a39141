//! MCP of both eras through HTTP: the status table, and the list of tools.

use covibe_testkit_http::{Agent, AgentAnswer, World};
use serde_json::{Value, json};

use crate::support::raw_requests;

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

/// A request of 2026-07-28 with these header lines instead of the right ones.
async fn modern(agent: &Agent, headers: &str, body: &str) -> AgentAnswer {
    let headers = format!("Content-Type: application/json\r\n{headers}");
    raw_requests::send(agent, &raw_requests::post(agent, &headers, body.as_bytes())).await
}

fn headers(method: &str, name: &str) -> String {
    let name = if name.is_empty() { String::new() } else { format!("Mcp-Name: {name}\r\n") };
    format!("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{name}")
}

/// Panics unless the answer is this status with this JSON-RPC error, as JSON.
fn assert_error(answer: &AgentAnswer, status: u16, code: i64, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/json", "{what}");
    let body = answer.json();
    assert_eq!(body["jsonrpc"], "2.0", "{what}: {}", answer.text);
    assert_eq!(body["error"]["code"], json!(code), "{what}: {}", answer.text);
    assert!(body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
    assert!(!answer.headers.contains_key("mcp-session-id"), "{what}: there are no sessions");
}

#[tokio::test]
async fn older_clients_initialize_with_each_supported_version() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for version in ["2025-11-25", "2025-06-18", "2025-03-26"] {
        let params = json!({ "protocolVersion": version, "capabilities": {},
                             "clientInfo": { "name": "test", "version": "1" } });
        let answer = agent.rpc("initialize", &params).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let result = &answer.json()["result"];
        assert_eq!(result["protocolVersion"], version, "{}", answer.text);
        assert_eq!(result["serverInfo"]["name"], "co-vibe");
        let offered = json!({ "prompts": {}, "resources": {}, "tools": {} });
        assert_eq!(result["capabilities"], offered, "nothing else is offered");
        let instructions = result["instructions"].as_str().expect("instructions");
        for part in ["workspace_describe", "composeRaw", "On 403, stop", "never print or commit"] {
            assert!(instructions.contains(part), "{part}: {instructions}");
        }
        for page in [covibe_console::paths::PEOPLE, covibe_console::paths::KEYS] {
            assert!(instructions.contains(page), "what only a person does: {instructions}");
        }
        assert!(!answer.headers.contains_key("mcp-session-id"));
    }
    let body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let answer = agent
        .send("POST", "/api/mcp", &[("content-type", "application/json")], Some(body.into()))
        .await;
    assert_eq!((answer.status, &*answer.text), (202, ""));
    assert_eq!(agent.rpc("ping", &json!({})).await.json()["result"], json!({}));
}

#[tokio::test]
async fn newer_clients_discover_versions_and_capabilities() {
    let world = World::embedded().await;
    let answer = world.mark.agent.rpc_modern("server/discover", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let result = &answer.json()["result"];
    let versions = result["supportedVersions"].as_array().expect("versions");
    assert!(versions.contains(&json!("2026-07-28")), "{result}");
    assert!(result["capabilities"]["tools"].is_object(), "{result}");
    assert!(result["instructions"].is_string() && result["ttlMs"].is_u64(), "{result}");
    assert!(result["cacheScope"].is_string(), "{result}");
}

#[tokio::test]
async fn the_tool_list_is_sorted_private_and_unpaged() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for answer in [
        agent.rpc("tools/list", &json!({})).await,
        agent.rpc_modern("tools/list", &json!({})).await,
    ] {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let result = &answer.json()["result"];
        let names: Vec<_> = result["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["name"].as_str().expect("a text"))
            .collect();
        assert!(names.is_sorted() && names.contains(&"apps_create"), "{names:?}");
        assert!(result.get("nextCursor").is_none());
        let again = agent.rpc("tools/list", &json!({})).await.json();
        assert_eq!(again["result"]["tools"], result["tools"], "it is the same each time");
    }
    let modern = agent.rpc_modern("tools/list", &json!({})).await.json();
    assert_eq!(modern["result"]["cacheScope"], "private");
    assert!(modern["result"]["ttlMs"].as_u64().is_some_and(|ttl| ttl > 0));
    for cursor in ["", "x"] {
        let params = json!({ "cursor": cursor });
        assert_error(&agent.rpc("tools/list", &params).await, 200, -32602, "a cursor");
        let answer = agent.rpc_modern("tools/list", &params).await;
        assert_eq!(answer.json()["error"]["code"], -32602, "{}", answer.text);
    }
}

#[tokio::test]
async fn tools_are_called_by_names_with_dots_or_underscores() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for name in ["workspace_describe", "workspace.describe"] {
        let params = json!({ "name": name, "arguments": {} });
        for answer in
            [agent.rpc("tools/call", &params).await, agent.rpc_modern("tools/call", &params).await]
        {
            let result = &answer.json()["result"];
            assert_eq!(result["structuredContent"]["slug"], "mark", "{}", answer.text);
            assert_ne!(result["isError"], true);
            let text = result["content"][0]["text"].as_str().expect("the same as a text");
            let same: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(same, result["structuredContent"]);
        }
    }
    let without = agent.rpc("tools/call", &json!({ "name": "apps_list" })).await;
    assert_eq!(without.json()["result"]["structuredContent"], json!({ "apps": [] }));
}

#[tokio::test]
async fn failures_of_tools_are_returned_as_error_results() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for (params, code, retryable) in [
        (json!({ "name": "apps_get", "arguments": {} }), "invalid", false),
        (
            json!({ "name": "apps_get", "arguments": { "uuid": "zzzz2345zzzz" } }),
            "not_found",
            false,
        ),
        (json!({ "name": "apps_create", "arguments": { "repo": "vibn-x/y" } }), "forbidden", false),
    ] {
        for answer in
            [agent.rpc("tools/call", &params).await, agent.rpc_modern("tools/call", &params).await]
        {
            assert_eq!(answer.status, 200, "{}", answer.text);
            let result = &answer.json()["result"];
            assert_eq!(result["isError"], true, "{}", answer.text);
            assert_eq!(result.get("structuredContent"), None, "{}", answer.text);
            let text = result["content"][0]["text"].as_str().expect("a text");
            let failure: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(
                (&failure["code"], &failure["retryable"]),
                (&json!(code), &json!(retryable))
            );
            assert!(failure["error"].as_str().is_some_and(|error| !error.is_empty()), "{text}");
        }
    }
}

#[tokio::test]
async fn calls_of_unknown_tools_fail_with_invalid_params_and_a_hint() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for name in ["apps_delet", "keys_mint", "keys.mint", "", "x".repeat(5000).as_str()] {
        let params = json!({ "name": name, "arguments": {} });
        assert_error(&agent.rpc("tools/call", &params).await, 200, -32602, name);
    }
    let params = json!({ "name": "apps_deplyo", "arguments": {} });
    let answer = agent.rpc_modern("tools/call", &params).await;
    let error = &answer.json()["error"];
    assert_eq!(error["code"], -32602, "{}", answer.text);
    assert!(
        error["data"]["hint"].as_str().is_some_and(|hint| hint.contains("apps_deploy")),
        "{error}"
    );
}

/// Panics unless the error names the method and says what else there is.
fn assert_unknown_method(answer: &AgentAnswer, status: u16, method: &str) {
    assert_error(answer, status, -32601, method);
    let body = answer.json();
    assert_eq!(body["id"], 1, "{method}");
    let (error, hint) = (&body["error"]["message"], &body["error"]["data"]["hint"]);
    assert!(error.as_str().is_some_and(|text| text.contains(&format!("`{method}`"))), "{error}");
    assert!(hint.as_str().is_some_and(|text| text.contains("tools/list")), "{hint}");
}

#[tokio::test]
async fn undeclared_methods_are_answered_as_unknown() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for method in [
        "no/such",
        "tools/delete",
        "resources/subscribe",
        "resources/unsubscribe",
        "completion/complete",
        "logging/setLevel",
        "roots/list",
        "sampling/createMessage",
        "elicitation/create",
        "subscriptions/listen",
        "tasks/get",
        "tasks/list",
    ] {
        assert_unknown_method(&agent.rpc(method, &json!({})).await, 200, method);
        assert_unknown_method(&agent.rpc_modern(method, &json!({})).await, 404, method);
    }
    let known = "It has initialize, ping, prompts/get";
    let answer = agent.rpc("no/such", &json!({})).await.json();
    assert!(answer["error"]["data"]["hint"].as_str().is_some_and(|hint| hint.starts_with(known)));
}

#[tokio::test]
async fn initialize_is_an_unknown_method_in_newer_versions() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let params = json!({ "protocolVersion": "2026-07-28", "capabilities": {},
                         "clientInfo": { "name": "test", "version": "1" } });
    for method in ["initialize", "ping"] {
        assert_unknown_method(&agent.rpc_modern(method, &params).await, 404, method);
    }
    // The version in the body alone, and in the header alone.
    let mut declared = params.clone();
    declared["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28" });
    assert_unknown_method(&agent.rpc("initialize", &declared).await, 404, "initialize");
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    let answer = modern(agent, &headers("initialize", ""), &body.to_string()).await;
    assert_unknown_method(&answer, 404, "initialize");
    // An older client that offers the newer version gets one with a handshake.
    let answer = agent.rpc("initialize", &params).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["result"]["protocolVersion"], "2025-11-25");
}

#[tokio::test]
async fn params_of_a_wrong_type_are_not_reported_as_an_unknown_method() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for params in [
        json!({ "name": "apps_list", "arguments": [] }),
        json!({ "name": "apps_list", "arguments": "{}" }),
        json!({ "name": 7, "arguments": {} }),
        json!({ "arguments": {} }),
    ] {
        assert_error(&agent.rpc("tools/call", &params).await, 200, -32602, &params.to_string());
    }
    for params in [json!([]), json!("x")] {
        assert_error(&agent.rpc("tools/list", &params).await, 400, -32600, "no object");
    }
}

#[tokio::test]
async fn newer_requests_that_disagree_with_their_headers_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let list = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#);
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"apps_list","arguments":{{}},{META}}}}}"#
    );
    let version = "MCP-Protocol-Version: 2026-07-28\r\n";
    for (why, head, body) in [
        ("another method", headers("tools/call", ""), &list),
        ("no method", version.to_owned(), &list),
        ("another name", headers("tools/call", "apps_get"), &call),
        ("no name", headers("tools/call", ""), &call),
        ("another version", headers("tools/list", "").replace("2026-07-28", "2025-11-25"), &list),
    ] {
        assert_error(&modern(agent, &head, body).await, 400, -32020, why);
    }
    let good = modern(agent, &headers("tools/call", "apps_list"), &call).await;
    assert_eq!(good.json()["result"]["structuredContent"], json!({ "apps": [] }), "{}", good.text);
    let dotted = call.replace("apps_list", "apps.list");
    let good = modern(agent, &headers("tools/call", "apps.list"), &dotted).await;
    assert_eq!(good.json()["result"]["structuredContent"], json!({ "apps": [] }), "{}", good.text);
}

#[tokio::test]
async fn newer_requests_with_an_unknown_version_or_no_capabilities_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let list = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#);
    let other = list.replace("2026-07-28", "2099-01-01");
    let head = headers("tools/list", "").replace("2026-07-28", "2099-01-01");
    let answer = modern(agent, &head, &other).await;
    assert_error(&answer, 400, -32022, "a version of the future");
    let data = &answer.json()["error"]["data"];
    assert!(data["supported"].as_array().is_some_and(|list| !list.is_empty()), "{data}");
    let without = list.replace(r#","io.modelcontextprotocol/clientCapabilities":{}"#, "");
    assert_ne!(without, list);
    let answer = modern(agent, &headers("tools/list", ""), &without).await;
    assert_error(&answer, 400, -32602, "no capabilities");
}

#[tokio::test]
async fn get_describes_the_mcp_endpoint_and_other_http_methods_get_405() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let accept = |kind| [("accept", kind)];
    for kind in ["*/*", "application/json", "text/html,*/*;q=0.8"] {
        let answer = agent.send("GET", "/api/mcp", &accept(kind), None).await;
        assert_eq!((answer.status, &answer.json()["name"]), (200, &json!("co-vibe")), "{kind}");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    let stream = accept("text/event-stream");
    for (method, headers) in
        [("GET", &stream[..]), ("DELETE", &[]), ("PUT", &[]), ("PATCH", &[]), ("OPTIONS", &[])]
    {
        let answer = agent.send(method, "/api/mcp", headers, None).await;
        assert_eq!(answer.status, 405, "{method}: {}", answer.text);
        assert_eq!(answer.headers["allow"], "GET, POST", "{method}");
        assert_eq!(answer.headers["content-type"], "application/json", "{method}");
        assert!(answer.json()["error"].is_string(), "{method}: {}", answer.text);
    }
}

#[tokio::test]
async fn sessions_and_streams_of_older_clients_are_ignored() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    for extra in [
        "Mcp-Session-Id: 3f1c\r\n",
        "Mcp-Session-Id: 3f1c\r\nMCP-Protocol-Version: 2025-11-25\r\n",
        "Last-Event-ID: 7\r\n",
        "Accept: application/json\r\n",
        "Accept: text/event-stream\r\n",
        "Accept: text/html\r\n",
    ] {
        let answer = modern(agent, extra, body).await;
        assert_eq!(answer.status, 200, "{extra}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/json", "{extra}");
        assert!(answer.json()["result"]["tools"].is_array(), "{extra}");
        assert!(!answer.headers.contains_key("mcp-session-id"), "{extra}");
    }
}

#[tokio::test]
async fn json_rpc_ids_are_returned_unchanged() {
    let world = World::embedded().await;
    for id in [json!(0), json!(-7), json!("a"), json!(""), json!(9_007_199_254_740_991_i64)] {
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" });
        let answer = world.mark.agent.json("POST", "/api/mcp", &body).await;
        assert_eq!((answer.status, &answer.json()["id"]), (200, &id), "{}", answer.text);
    }
    let body = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    assert_eq!(world.mark.agent.json("POST", "/api/mcp", &body).await.status, 202);
}
