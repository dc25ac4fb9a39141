//! The level at which requests are logged.

use covibe_testkit_http::{Agent, World};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server_process::Server;

/// The headers of a request of MCP.
const MCP: [(&str, &str); 2] =
    [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];

/// Sends a body to `/api/mcp` as it is.
async fn post(agent: &Agent, headers: &[(&str, &str)], body: &str) -> u16 {
    agent.send("POST", "/api/mcp", headers, Some(body.to_owned())).await.status
}

/// Sends requests of JSON-RPC that are wrong in form or content.
async fn send_bad_rpc(agent: &Agent) {
    for (method, params) in [
        ("initialize", json!({})),
        ("initialize", json!({ "protocolVersion": 7 })),
        (
            "initialize",
            json!({ "protocolVersion": "1999-01-01", "capabilities": {},
                               "clientInfo": { "name": "x", "version": "1" } }),
        ),
        ("no/such/method", json!({})),
        ("tools/call", json!({})),
        ("tools/call", json!({ "name": "no_such_tool", "arguments": {} })),
        ("tools/call", json!({ "name": "apps_get", "arguments": { "uuid": [7] } })),
        ("tools/call", json!({ "name": "apps_get", "arguments": "text" })),
        ("resources/read", json!({ "uri": "nowhere://x" })),
        ("prompts/get", json!({ "name": "none" })),
    ] {
        agent.rpc(method, &params).await;
        agent.rpc_modern(method, &params).await;
    }
}

/// Sends bodies and headers that are not of the protocol.
async fn send_malformed(agent: &Agent) {
    for body in ["", "{", "[]", "7", "null", r#"{"jsonrpc":"1.0"}"#, r#"[{"jsonrpc":"2.0"}]"#] {
        post(agent, &MCP, body).await;
        post(agent, &MCP[..1], body).await;
    }
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    for header in [
        ("mcp-protocol-version", "1999-01-01"),
        ("mcp-session-id", "none"),
        ("last-event-id", "7"),
        ("content-type", "text/plain"),
        ("accept", "text/html"),
    ] {
        post(agent, &[header], list).await;
        post(agent, &[MCP[0], MCP[1], header], list).await;
    }
    for method in ["GET", "DELETE", "PUT"] {
        agent.send(method, "/api/mcp", &MCP[1..], None).await;
    }
}

/// Sends bytes that are not valid HTTP, each on a connection of its own, until the server closes it.
async fn send_invalid_http(agent: &Agent) {
    let address = agent.origin.trim_start_matches("http://");
    let request = |rest: &str| format!("POST /api/mcp HTTP/1.1\r\nHost: {address}\r\n{rest}");
    for bytes in [
        "nonsense\r\n\r\n".to_owned(),
        "GET / HTTP/7\r\n\r\n".to_owned(),
        request("Content-Length: many\r\n\r\n"),
        request("Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        request(&format!("X: {}\r\n\r\n", "x".repeat(200_000))),
        request(&format!("Content-Length: 9\r\n\r\n{}", "x".repeat(9 << 20))),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        // The server may close the connection before it has read everything.
        let _refused = stream.write_all(bytes.as_bytes()).await;
        let _ended = stream.shutdown().await;
        let _answer = stream.read_to_end(&mut Vec::new()).await;
    }
}

/// Sends calls that the other surfaces refuse.
async fn send_bad_calls(agent: &Agent) {
    for (tool, params) in [
        ("no.such.tool", json!({})),
        ("apps.get", json!({ "uuid": [7] })),
        ("apps.get", json!({ "uuid": "zzzz2345zzzz2345zzzz2345" })),
        ("apps.create", json!({ "image": "not an image" })),
    ] {
        agent.compact_raw(tool, &params).await;
    }
    for (method, path) in [
        ("GET", "/api/nowhere"),
        ("PATCH", "/api/workspaces"),
        ("POST", "/api/workspaces/%ff/apps"),
        ("POST", "/api/workspaces/mark/keys"),
        ("GET", "/api/workspaces/justine/apps"),
    ] {
        agent.send(method, path, &MCP[..1], Some("{".to_owned())).await;
    }
    agent.with_key(Some("vibn_sk_x")).rpc("tools/list", &json!({})).await;
    agent.with_key(None).rpc("tools/list", &Value::Null).await;
}

/// Sends a call whose client disconnects before the answer.
async fn disconnect(agent: &Agent, world: &World) {
    for surface in ["rpc", "modern", "compact"] {
        let hold = world.coolify.hold("POST", "/applications");
        let agent = agent.clone();
        let call = tokio::spawn(async move {
            let params = json!({ "image": "nginx:1.27", "name": surface, "instantDeploy": false });
            let call = json!({ "name": "apps_create", "arguments": params });
            match surface {
                "rpc" => agent.rpc("tools/call", &call).await,
                "modern" => agent.rpc_modern("tools/call", &call).await,
                _ => agent.compact_raw("apps.create", &params).await,
            }
        });
        hold.arrived().await;
        call.abort();
        assert!(call.await.is_err(), "it was aborted");
        hold.release();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_is_not_logged_as_an_error() {
    let world = World::embedded().await;
    let server = Server::start(&world);
    let agent = server.agent(&world.mark);
    agent.compact("apps.list", &json!({})).await.expect("a ready workspace");
    send_bad_rpc(&agent).await;
    send_malformed(&agent).await;
    send_invalid_http(&agent).await;
    send_bad_calls(&agent).await;
    disconnect(&agent, &world).await;
    agent.compact("apps.list", &json!({})).await.expect("it still answers");
    let log = server.into_log();
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
