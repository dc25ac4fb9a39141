//! Both versions of the protocol: with a handshake, and stateless.

use serde_json::{Value, json};

use crate::server_process::Machine;

/// Adds what the stateless version requires of each request.
fn stateless(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
    });
    params
}

#[test]
fn clients_of_each_handshake_version_initialize_list_and_call() {
    let machine = Machine::new();
    std::fs::write(machine.work().join("note.txt"), "x").unwrap();
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut server = machine.serve("workspace");
        let client = json!({ "name": "test", "version": "1" });
        let params =
            json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": client });
        let result = &server.ask("initialize", params)["result"];
        assert_eq!(result["protocolVersion"], version);
        assert_eq!(result["serverInfo"]["name"], "vibn-workspace");
        assert_eq!(result["capabilities"], json!({ "tools": {} }));
        assert!(!server.tools().is_empty());
        let result = server.call("list_directory", &json!({}));
        assert_eq!(result["isError"], false);
        assert!(result["resultType"].is_null(), "{result}");
        let content: Value =
            serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(content, result["structuredContent"]);
        assert!(content.to_string().contains("note.txt"), "{content}");
    }
}

#[test]
fn a_client_of_the_stateless_version_discovers_lists_and_calls() {
    let machine = Machine::new();
    let mut server = machine.serve("workspace");
    let found = server.ask("server/discover", stateless(json!({})));
    let versions = found["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")), "{found}");
    let listed = server.ask("tools/list", stateless(json!({})));
    assert!(listed["result"]["ttlMs"].is_u64(), "{listed}");
    let call = json!({ "name": "list_directory", "arguments": {} });
    let called = server.ask("tools/call", stateless(call.clone()));
    assert_eq!(called["result"]["resultType"], "complete", "{called}");
    assert_eq!(called["result"]["isError"], false, "{called}");
    let without = server.ask("tools/call", call);
    assert_eq!(without["error"]["code"], -32602, "{without}");
}

#[test]
fn a_failure_is_a_result_with_its_code_and_a_hint() {
    let machine = Machine::new();
    let mut server = machine.connect("workspace");
    for (arguments, named) in
        [(json!({ "folder": "x" }), "folder"), (json!({ "path": { "name": "x" } }), "path")]
    {
        let result = server.call("list_directory", &arguments);
        assert_eq!(result["isError"], true);
        let content = &result["structuredContent"];
        assert_eq!(content["code"], "invalid", "{result}");
        assert!(content["error"].as_str().unwrap().contains(named), "{result}");
        assert!(content["hint"].is_string(), "{result}");
        let text: Value =
            serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, *content);
    }
}

#[test]
fn an_unknown_tool_is_an_error_with_the_nearest_name_as_hint() {
    let machine = Machine::new();
    let mut server = machine.connect("workspace");
    let call = json!({ "name": "list_dir", "arguments": {} });
    let error = &server.ask("tools/call", call)["error"];
    assert_eq!(error["code"], -32602);
    assert_eq!(error["data"]["hint"], "Did you mean `list_directory`?", "{error}");
    let error = &server.ask("tools/call", json!({ "name": 7 }))["error"];
    assert_eq!(error["code"], -32602, "{error}");
    let error = &server.ask("tools/list", json!({ "cursor": "x" }))["error"];
    assert_eq!(error["code"], -32602, "{error}");
    let error = &server.ask("no/such", json!({}))["error"];
    assert_eq!(error["code"], -32601, "{error}");
}

/// A client waits for the answer of what it sent, even if nobody can read that.
#[test]
fn a_request_with_invalid_json_is_answered_with_its_id() {
    let machine = Machine::new();
    let mut server = machine.connect("workspace");
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    for value in [&deep, r#""\ud800""#, "1e999", r#""cut off"#] {
        server.write(&format!(
            r#"{{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{{"name":"list_directory","arguments":{{"path":{value}}}}}}}"#
        ));
        let answer = server.read();
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(-32700), &json!("a")));
    }
    assert_eq!(server.call("list_directory", &json!({}))["isError"], false);
}

#[test]
fn invalid_lines_do_not_end_the_connection() {
    let machine = Machine::new();
    let mut server = machine.serve("workspace");
    server.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    server.write("no JSON");
    server.write("");
    assert_eq!(server.initialize()["result"]["serverInfo"]["name"], "vibn-workspace");
    server.write(r#"{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#);
    assert_eq!(server.read()["error"]["code"], -32600);
    server.write(r#"[{"jsonrpc":"2.0","id":5,"method":"tools/list"}]"#);
    assert_eq!(server.read()["error"]["code"], -32600);
    server.write(r#"{"id":"a","nothing":true}"#);
    let answer = server.read();
    assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(-32600), &json!("a")));
    assert_eq!(server.call("list_directory", &json!({}))["isError"], false);
}
