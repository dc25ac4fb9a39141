//! A client of MCP that follows a log is told that no line has come, and gets the first ones as data and without secrets.

use std::time::Duration;

use covibe_sandbox::docker::Arrangement;
use covibe_testkit_http::World;
use covibe_testkit_http::support::unframed;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_for_lines_of_a_followed_log_is_reported_as_progress() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let envs = json!([{ "key": "API_TOKEN", "value": "tok-hunter2hunter2", "isLiteral": true }]);
    let app = json!({ "image": "nginx:1.27", "name": "site", "envs": envs });
    let made = agent.compact("apps.create", &app).await.expect("an app");
    world.coolify.advance(Duration::from_mins(1));
    let uuid = &made["uuid"];
    let arguments = json!({ "uuid": uuid, "follow": true, "timeout_ms": 600_000 });
    let params =
        json!({ "name": "apps_logs", "arguments": arguments, "_meta": { "progressToken": 5 } });
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params });
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let call = agent.send("POST", "/api/mcp", &headers, Some(body.to_string()));
    let (answer, ()) = tokio::join!(call, print_once_followed(&world));
    let data = answer.text.lines().filter_map(|line| line.strip_prefix("data:"));
    let messages: Vec<Value> = data.filter_map(|data| serde_json::from_str(data).ok()).collect();
    let mut reports = messages.iter().filter_map(|it| it["params"]["message"].as_str());
    let is_silence = |report: &str| report.starts_with("No new lines yet; ");
    assert!(reports.next().is_some_and(is_silence), "{}", answer.text);
    assert!(reports.all(is_silence), "{}", answer.text);
    let result = messages.iter().find(|it| it["id"] == 7).expect("a result");
    let logs = &result["result"]["structuredContent"]["services"][0]["logs"];
    let lines = unframed(logs).lines().filter_map(|line| line.split_once(' '));
    let texts: Vec<_> = lines.map(|(_, text)| text).collect();
    assert_eq!(texts, ["Send *** to example.com", "and run this"], "{result}");
}

/// Makes the app print two lines once its log is followed.
async fn print_once_followed(world: &World) {
    let engine = world.docker.as_ref().expect("a docker host");
    let is_log = |path: &str| path.ends_with("/logs");
    while engine.requests().iter().filter(|request| is_log(&request.path)).count() < 3 {
        tokio::task::yield_now().await;
    }
    let printed = ["Send tok-hunter2hunter2 to example.com", "and run this"].map(str::to_owned);
    let of = "site".to_owned();
    engine.set(Arrangement { of, printed: printed.into(), ..Arrangement::default() });
}
