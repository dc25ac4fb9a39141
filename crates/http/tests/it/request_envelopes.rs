//! Bodies of every shape on `/api/mcp` and on REST: answered as JSON, never by 415 or 500.

use covibe_testkit_http::{Agent, AgentAnswer, World};
use serde_json::{Value, json};

use crate::support::raw_requests;

const MEBIBYTE: usize = 1024 * 1024;

/// Content types that a client may state of its body, and none.
const KINDS: [&str; 6] = [
    "Content-Type: application/json\r\n",
    "Content-Type: application/json; charset=utf-8\r\n",
    "Content-Type: text/plain\r\n",
    "Content-Type: multipart/form-data; boundary=x\r\n",
    "Content-Type: nonsense\r\n",
    "",
];

/// A failure of ours: its status and the wire form that every client can read.
fn assert_failure(answer: &AgentAnswer, status: u16, what: &str) -> Value {
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/json", "{what}");
    let body = answer.json();
    assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{what}: {}", answer.text);
    body
}

fn assert_rpc_error(answer: &AgentAnswer, code: i64, what: &str) {
    assert_eq!(answer.status, 400, "{what}: {}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/json", "{what}");
    assert_eq!(answer.json()["error"]["code"], json!(code), "{what}: {}", answer.text);
}

async fn post(agent: &Agent, headers: &str, body: &[u8]) -> AgentAnswer {
    raw_requests::send(agent, &raw_requests::post(agent, headers, body)).await
}

fn nested_value(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_of_neither_envelope_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let deep = nested_value(200_000);
    let bodies: [&[u8]; 19] = [
        b"",
        b" ",
        b"nonsense",
        b"{",
        b"{\"tool\":\"apps.list\"",
        b"{\"tool\":\"apps.list\"}}",
        b"[]",
        b"[{\"tool\":\"apps.list\"}]",
        b"7",
        b"1e400",
        b"null",
        b"\"apps.list\"",
        b"{}",
        b"{\"name\":\"apps.list\"}",
        b"{\"tool\":\"apps.list\",\"params\":{\"a\":1e400}}",
        b"{\"tool\":\"apps.list\xff\"}",
        b"\xef\xbb\xbf{\"tool\":\"apps.list\"}",
        b"\0\0\0\0",
        deep.as_bytes(),
    ];
    for kind in KINDS {
        for body in bodies {
            let what = format!("{kind}{}", String::from_utf8_lossy(&body[..body.len().min(60)]));
            let failure = assert_failure(&post(agent, kind, body).await, 400, &what);
            assert!(failure["hint"].is_string(), "{what}: {failure}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_rpc_is_answered_by_json_rpc_errors() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let huge = format!("1{}", "0".repeat(30));
    for kind in KINDS {
        for (body, code) in [
            (list[..list.len() - 1].to_owned(), -32700),
            (format!("{list}x"), -32700),
            (format!("[{list}]"), -32600),
            (format!("[{list},{list}]"), -32600),
            (list.replace("2.0", "1.0"), -32600),
            (list.replace("\"2.0\"", "2.0"), -32600),
            (list.replace("\"tools/list\"", "7"), -32600),
            (list.replace(":1,", ":null,").replace("tools", "7"), -32600),
            (list.replace(":1,", ":{},"), -32600),
            (list.replace(":1,", ":1.5,"), -32600),
            (list.replace(":1,", &format!(":{huge},")), -32600),
            (list.replace(":1,", ":1e400,"), -32700),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned(), -32600),
            (r#"{"jsonrpc":"2.0","id":1}"#.to_owned(), -32600),
        ] {
            assert_rpc_error(&post(agent, kind, body.as_bytes()).await, code, &body);
        }
        let answer = post(agent, kind, list.as_bytes()).await;
        assert!(answer.json()["result"]["tools"].is_array(), "{kind}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_compact_envelopes_are_accepted_with_any_content_type() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for kind in KINDS {
        for body in [
            r#"{"tool":"apps.list","params":{}}"#,
            r#"{"action":"apps.list","params":{}}"#,
            r#"{"tool":"apps_list"}"#,
            r#"{"tool":"apps.list","params":null}"#,
            "\r\n\t {\"params\":{},\"tool\":\"apps.list\"} \n",
        ] {
            for accept in ["", "Accept: text/html\r\n"] {
                let answer = post(agent, &format!("{kind}{accept}"), body.as_bytes()).await;
                assert_eq!(answer.status, 200, "{kind}{body}: {}", answer.text);
                assert_eq!(answer.headers["content-type"], "application/json");
                assert_eq!(answer.json(), json!({ "result": { "apps": [] } }), "{body}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_the_envelope_are_named() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for (body, status, word) in [
        (json!({ "tool": 7 }), 400, "tool"),
        (json!({ "tool": null }), 400, "tool"),
        (json!({ "tool": "apps.list", "action": "apps.list" }), 400, "action"),
        (json!({ "tool": "apps.list", "params": [] }), 400, "params"),
        (json!({ "tool": "apps.list", "params": "{}" }), 400, "params"),
        (json!({ "tool": "apps.list", "arguments": {} }), 400, "arguments"),
        (json!({ "tool": "apps.lst" }), 404, "apps.lst"),
        (json!({ "tool": "" }), 404, "tool"),
        (json!({ "tool": "keys.mint", "params": {} }), 404, "keys.mint"),
        (json!({ "tool": "apps.list\u{0}`\n" }), 404, "apps.list"),
    ] {
        let failure =
            assert_failure(&agent.json("POST", "/api/mcp", &body).await, status, &body.to_string());
        assert!(failure["error"].as_str().expect("a text").contains(word), "{body}: {failure}");
        assert!(!failure.to_string().contains("\\u0000"), "{failure}");
    }
    let near = agent.compact("apps.deplyo", &json!({})).await.expect_err("a misspelt name");
    assert_eq!(near["hint"], "Did you mean `apps.deploy`?");
}

/// Calls of one tool with `params`, by the compact envelope, JSON-RPC and REST.
fn on_all_surfaces(params: &str) -> [(&'static str, String); 3] {
    let rpc = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"databases_create","arguments":{params}}}}}"#
    );
    [
        ("/api/mcp", format!(r#"{{"tool":"databases.create","params":{params}}}"#)),
        ("/api/mcp", rpc),
        ("/api/workspaces/mark/databases", params.to_owned()),
    ]
}

async fn send_to(agent: &Agent, path: &str, headers: &str, body: &[u8]) -> AgentAnswer {
    raw_requests::send(agent, &raw_requests::request(agent, "POST", path, headers, body)).await
}

/// Readers of JSON differ in which of two they take, so that a check may have looked at the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_json_member_is_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for (path, body) in on_all_surfaces(r#"{"type":"redis","name":"one","name":"two"}"#) {
        let answer = send_to(agent, path, "", body.as_bytes()).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert!(answer.text.contains("given twice"), "{path}: {}", answer.text);
    }
    let twice = br#"{"tool":"apps.list","tool":"apps.delete"}"#;
    let failure = assert_failure(&post(agent, "", twice).await, 400, "two tools");
    assert_eq!(failure["error"], "`tool` is given twice.");
    let listed = agent.compact("databases.list", &json!({})).await.expect("databases");
    assert_eq!(listed["databases"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_values_are_refused_on_every_surface() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let deep = format!(r#"{{"type":"redis","limits":{}}}"#, nested_value(100));
    let deeper = format!(r#"{{"type":"redis","limits":{}}}"#, nested_value(100_000));
    for params in [
        r#"{"type":"redis","publicPort":1e400}"#,
        r#"{"type":"redis","publicPort":1000000000000000000000000000000}"#,
        r#"{"type":"redis","publicPort":-0.0}"#,
        r#"{"type":"redis","publicPort":65536}"#,
        r#"{"type":"redis","publicPort":"54 32"}"#,
        r#"{"type":"redis","name":" "}"#,
        r#"{"type":"redis","\u0000":1}"#,
        r#"{"type":"redis","name":"\ud800"}"#,
        r#"{"type":"oracle","type":"sybase"}"#,
        r#"{"type":null}"#,
        "[]",
        "7",
        deep.as_str(),
        deeper.as_str(),
    ] {
        for (path, body) in on_all_surfaces(params) {
            let answer = send_to(agent, path, "", body.as_bytes()).await;
            let what: String = format!("{path} {body}").chars().take(150).collect();
            assert!(matches!(answer.status, 200 | 400), "{what}: {}", answer.text);
            assert_eq!(answer.headers["content-type"], "application/json", "{what}");
            let told = answer.json();
            let by_rpc = told["result"]["isError"] == true || told["error"]["code"] == -32602;
            assert!(answer.status == 400 || by_rpc, "{what}: {}", answer.text);
            assert!(told.is_object(), "{what}: {}", answer.text);
        }
    }
    let databases = agent.compact("databases.list", &json!({})).await.expect("databases");
    assert_eq!(databases, json!({ "databases": [] }), "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_above_a_mebibyte_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    for size in [MEBIBYTE + 1, 3 * MEBIBYTE] {
        for (path, body) in on_all_surfaces(r#"{"type":"redis"}"#) {
            let mut body = body.into_bytes();
            body.resize(size, b' ');
            let answer = send_to(agent, path, "", &body).await;
            assert_failure(&answer, 413, &format!("{size} bytes to {path}"));
            let chunks = raw_requests::as_chunk(&body);
            let answer = send_to(agent, path, "Transfer-Encoding: chunked\r\n", &chunks).await;
            assert_failure(&answer, 413, &format!("{size} bytes in chunks to {path}"));
        }
    }
    let large = " ".repeat(5 * MEBIBYTE);
    for path in ["/api/mcp", "/api/workspaces/mark/databases"] {
        let answer = agent.send("POST", path, &[], Some(large.clone())).await;
        assert_failure(&answer, 413, "by a client that keeps its connection");
    }
    for (path, body) in on_all_surfaces("{}") {
        let mut body = body.into_bytes();
        body.resize(MEBIBYTE, b' ');
        let answer = send_to(agent, path, "", &body).await;
        assert!(answer.text.contains("`type` is missing."), "it is taken: {}", answer.text);
        let answer =
            send_to(agent, path, "Transfer-Encoding: chunked\r\n", &raw_requests::as_chunk(&body))
                .await;
        assert!(answer.text.contains("`type` is missing."), "it is taken: {}", answer.text);
    }
    let databases = agent.compact("databases.list", &json!({})).await.expect("databases");
    assert_eq!(databases, json!({ "databases": [] }), "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_paths_queries_and_methods_are_answered_in_json() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let long = format!("/api/workspaces/mark/apps/{}", "a".repeat(8000));
    for (path, status) in [
        ("/api/workspaces/mark/", 200),
        ("/api/workspaces/mark/apps/", 200),
        ("/api/workspaces/mark/%61pps", 200),
        ("/api/workspaces/mark/apps//", 404),
        ("/api//workspaces/mark/apps", 404),
        ("/api/workspaces/mark/apps%2f", 404),
        ("/api/workspaces/mark/apps?", 200),
        ("/api/workspaces/mark/apps?x=1", 400),
        ("/api/workspaces/mark/apps?%ff=%ff", 400),
        ("/api/workspaces/mark/apps/%00%00%00%00%00%00%00", 400),
        ("/api/workspaces/mark/apps/%ff%ff%ff%ff%ff%ff%ff", 404),
        ("/api/workspaces/mark/apps/..%2f..%2fprojects", 404),
        ("/api/workspaces/mark/apps/ABCDEFGHIJ", 404),
        ("/api/workspaces/mark/apps/absent7?uuid=absent8", 400),
        ("/api/workspaces/mark/deployments/absent7/logs?lines=many", 400),
        ("/api/workspaces/mark/deployments/absent7/logs?lines=5001", 400),
        ("/api/workspaces/mark/deployments/absent7/logs?lines=5&lines=6", 400),
        ("/api/workspaces/mark/deployments/absent7/logs?lines=5", 404),
        ("/api/workspaces/m%61rk/apps", 200),
        ("/api/workspaces//apps", 404),
        ("/api/workspaces/mark/nowhere", 404),
        ("/%", 404),
        ("/api/mcp/x", 404),
        (long.as_str(), 400),
    ] {
        let answer =
            raw_requests::send(agent, &raw_requests::request(agent, "GET", path, "", b"")).await;
        let what: String = path.chars().take(100).collect();
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/json", "{what}");
        assert!(answer.json().is_object(), "{what}: {}", answer.text);
    }
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "FOO"] {
        let answer = agent.send(method, "/api/workspaces/mark/apps", &[], None).await;
        assert_failure(&answer, 405, method);
        assert!(answer.headers["allow"].contains("GET"), "{method}");
    }
}
