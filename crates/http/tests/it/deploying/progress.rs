//! A client of MCP that asks is told how far a deployment is.

use covibe_testkit::Answer;

use super::*;

/// A deployment that is waited for, by a client of this era that asks to be told.
async fn deploy(stage: &Stage, era: &str, app: &str, accept: &str) -> Answer {
    let arguments = json!({ "uuid": app, "wait": true });
    let mut params =
        json!({ "name": "apps_deploy", "arguments": arguments, "_meta": { "progressToken": 5 } });
    let mut headers = vec![("content-type", "application/json"), ("accept", accept)];
    headers.push(("mcp-protocol-version", era));
    if era == "2026-07-28" {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(era);
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        headers.extend([("mcp-method", "tools/call"), ("mcp-name", "apps_deploy")]);
    }
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params });
    stage.agent().send("POST", "/api/mcp", &headers, Some(body.to_string())).await
}

/// Moves the clock on whenever the present state of the deployment has been seen.
async fn go_on(stage: &Stage) {
    for _state in ["queued", "in_progress"] {
        stage.until_polled().await;
        stage.world.coolify.advance(PACE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_both_eras() {
    let stage = Stage::still().await;
    for era in ["2025-11-25", "2026-07-28"] {
        let app = stage.app(&format!("app-{}", &era[..4])).await;
        let deploying = deploy(&stage, era, &app, "application/json, text/event-stream");
        let (answer, ()) = tokio::join!(deploying, go_on(&stage));
        let data = answer.text.lines().filter_map(|line| line.strip_prefix("data:"));
        let data = data.map(str::trim).filter(|data| !data.is_empty());
        let mut messages: Vec<Value> =
            data.map(|data| serde_json::from_str(data).expect("JSON")).collect();
        let result = messages.pop().expect("a result");
        let told = &result["result"]["structuredContent"];
        assert_eq!(told["outcome"]["verdict"], "running", "{era}: {}", answer.text);
        let mut done = 0.0;
        for message in &messages {
            assert_eq!(message["method"], "notifications/progress", "{era}: {message}");
            let params = &message["params"];
            assert_eq!(
                (&params["progressToken"], params.get("total")),
                (&json!(5), None),
                "{message}"
            );
            assert!(
                params["progress"].as_f64().is_some_and(|now| now > done),
                "{era}: {messages:?}"
            );
            done = params["progress"].as_f64().unwrap_or_default();
        }
        let text = |it: &Value| it["params"]["message"].as_str().expect("a text").to_owned();
        let texts: Vec<_> = messages.iter().map(text).collect();
        assert!(texts.iter().all(|it| it.ends_with(" s")), "each says for how long: {texts:?}");
        let name = format!("app-{}", &era[..4]);
        for expected in [
            format!("The deployment of {name} waits in Coolify's queue; "),
            format!("Coolify is deploying {name}; "),
            format!("{name} runs: waiting to see whether it stays up; "),
        ] {
            assert!(texts.iter().any(|it| it.starts_with(&expected)), "{expected}: {texts:?}");
        }
        let deploying = deploy(&stage, era, &app, "application/json");
        let (quiet, ()) = tokio::join!(deploying, go_on(&stage));
        assert_eq!(quiet.headers["content-type"], "application/json", "{era}: {}", quiet.text);
        assert_eq!(quiet.json()["result"]["structuredContent"]["outcome"]["verdict"], "running");
    }
}
