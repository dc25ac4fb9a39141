//! A client of MCP that requests progress gets that of a deployment.

use std::time::Duration;

use covibe_testkit_http::{AgentAnswer, Options, World};
use serde_json::{Value, json};

/// The time that a deployment takes to begin, and again to end: tests move the clock.
const PACE: Duration = Duration::from_hours(1);

/// An app from an image that was never deployed.
async fn app(world: &World, name: &str) -> String {
    let params = json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false });
    let made = world.mark.agent.compact("apps.create", &params).await.expect("an app");
    made["uuid"].as_str().expect("a text").to_owned()
}

/// Counts the reads of deployments that Coolify has answered.
fn polls(world: &World) -> usize {
    let requests = world.coolify.requests();
    let looks = requests.iter().filter(|it| it.method == "GET" && it.status.is_some());
    looks.filter(|it| it.path.contains("/deployments/")).count()
}

/// Waits for a deployment, by a client of this era that requests progress.
async fn deploy(world: &World, era: &str, app: &str, accept: &str) -> AgentAnswer {
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
    world.mark.agent.send("POST", "/api/mcp", &headers, Some(body.to_string())).await
}

/// Moves the clock on whenever the current state of the deployment has been seen.
async fn go_on(world: &World) {
    for _state in ["queued", "in_progress"] {
        let seen = polls(world) + 3;
        while polls(world) < seen {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        world.coolify.advance(PACE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_both_protocol_eras_get_the_progress_of_a_deployment() {
    let mut options = Options::default();
    options.coolify.pace = PACE;
    let world = World::start(options).await.expect("SQLite is built in");
    for era in ["2025-11-25", "2026-07-28"] {
        let app = app(&world, &format!("app-{}", &era[..4])).await;
        let deploying = deploy(&world, era, &app, "application/json, text/event-stream");
        let (answer, ()) = tokio::join!(deploying, go_on(&world));
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
        // The same is reported again only after five seconds.
        let parts = |it: &String| {
            let (what, time) = it.rsplit_once("; ").expect("a time");
            let seconds = time.trim_end_matches(" s").parse::<u64>().expect("seconds");
            (what.to_owned(), seconds)
        };
        let told: Vec<_> = texts.iter().map(parts).collect();
        let is_apart =
            |pair: &[(String, u64)]| pair[0].0 != pair[1].0 || pair[1].1 >= pair[0].1 + 4;
        assert!(told.windows(2).all(is_apart), "{texts:?}");
        let name = format!("app-{}", &era[..4]);
        for expected in [
            format!("The deployment of {name} is waiting in Coolify's queue; "),
            format!("Coolify is deploying {name}; "),
            format!("{name} is running: waiting to see whether it stays up; "),
        ] {
            assert!(texts.iter().any(|it| it.starts_with(&expected)), "{expected}: {texts:?}");
        }
        let deploying = deploy(&world, era, &app, "application/json");
        let (quiet, ()) = tokio::join!(deploying, go_on(&world));
        assert_eq!(quiet.headers["content-type"], "application/json", "{era}: {}", quiet.text);
        assert_eq!(quiet.json()["result"]["structuredContent"]["outcome"]["verdict"], "running");
    }
}
