//! `workspace_describe` of a client that wants to be told how far a run is.

use std::time::{Duration, Instant};

use covibe_testkit::{Answer, Member, World};
use serde_json::{Value, json};

use super::{provision, quick};

/// The two eras of the protocol.
const ERAS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// A call of `workspace_describe` as a client of this era makes it.
async fn describe(member: &Member, era: &str, token: Option<Value>, accept: &str) -> Answer {
    let mut params = json!({ "name": "workspace_describe", "arguments": {}, "_meta": {} });
    if let Some(token) = token {
        params["_meta"]["progressToken"] = token;
    }
    let mut headers = vec![("content-type", "application/json"), ("accept", accept)];
    headers.push(("mcp-protocol-version", era));
    if era == ERAS[1] {
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(era);
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        headers.extend([("mcp-method", "tools/call"), ("mcp-name", "workspace_describe")]);
    }
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params });
    member.agent.send("POST", "/api/mcp", &headers, Some(body.to_string())).await
}

/// The messages of a stream.
fn messages(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.headers["content-type"], "text/event-stream", "{}", answer.text);
    let data = answer.text.lines().filter_map(|line| line.strip_prefix("data:"));
    let data = data.map(str::trim).filter(|data| !data.is_empty());
    data.map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

const STREAM: &str = "application/json, text/event-stream";

/// A run that takes about a second, and a look at it meanwhile.
async fn meanwhile(world: &World, slug: &str, look: impl AsyncFn(&Member)) {
    let member = world.founded(slug).await;
    for simulator in [&world.gitea, &world.coolify] {
        simulator.set_latency(Duration::from_millis(60));
    }
    // So that nobody takes over on a machine that is busy.
    let looking = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        look(&member).await;
    };
    let (answer, ()) = tokio::join!(provision(&member.agent), looking);
    assert_eq!(answer.status, 200, "{}", answer.text);
    for simulator in [&world.gitea, &world.coolify] {
        simulator.set_latency(Duration::ZERO);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_is_told() {
    let world = quick().await;
    for (era, token) in [(ERAS[0], json!("word")), (ERAS[1], json!(17))] {
        meanwhile(&world, &format!("told-{}", &era[..4]), async |member| {
            let answer = describe(member, era, Some(token.clone()), STREAM).await;
            assert_eq!(answer.status, 200, "{era}: {}", answer.text);
            let mut messages = messages(&answer);
            let result = messages.pop().expect("a result");
            assert_eq!(result["id"], 7, "{era}: {result}");
            let told = &result["result"]["structuredContent"];
            assert_eq!(told["provisionStatus"], "ready", "{era}: {told}");
            assert!(messages.len() > 3, "{era}: {messages:?}");
            let mut done = 0.0;
            for message in &messages {
                assert_eq!(message["method"], "notifications/progress", "{era}: {message}");
                let params = &message["params"];
                assert_eq!(params["progressToken"], token, "{era}: {message}");
                let (progress, total) = (params["progress"].as_f64(), params["total"].as_f64());
                let progress = progress.expect("a number");
                assert!(progress > done, "{era}: {messages:?}");
                assert!(total.is_some_and(|total| progress <= total), "{era}: {message}");
                assert!(params["message"].is_string(), "{era}: {message}");
                done = progress;
            }
        })
        .await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_ask_gets_one_answer_at_once() {
    let world = quick().await;
    for era in ERAS {
        meanwhile(&world, &format!("quiet-{}", &era[..4]), async |member| {
            for (token, accept) in [
                (None, STREAM),
                (Some(json!("word")), "application/json"),
                (Some(json!("word")), "*/*"),
                (None, "application/json"),
            ] {
                let since = Instant::now();
                let answer = describe(member, era, token.clone(), accept).await;
                let what = format!("{era} {token:?} {accept}");
                assert_eq!(answer.status, 200, "{what}: {}", answer.text);
                assert_eq!(answer.headers["content-type"], "application/json", "{what}");
                let told = answer.json()["result"]["structuredContent"]["provisionStatus"].clone();
                assert_ne!(told, "ready", "{what}: the run is under way");
                assert!(since.elapsed() < Duration::from_millis(250), "{what}: it waited");
            }
        })
        .await;
    }
    world.stop().await;
}

/// With nothing under way there is nothing to be told, and nothing to wait for.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_run_there_is_an_answer_at_once() {
    let world = quick().await;
    for (era, member) in
        ERAS.into_iter().flat_map(|era| [(era, &world.mark), (era, &world.justine)])
    {
        let since = Instant::now();
        let answer = describe(member, era, Some(json!("word")), STREAM).await;
        assert!(since.elapsed() < Duration::from_millis(300), "{era}: it waited");
        let result = match answer.headers["content-type"].as_str() {
            "application/json" => answer.json(),
            _ => messages(&answer).pop().expect("a result"),
        };
        assert_eq!(result["result"]["structuredContent"]["provisionStatus"], "ready", "{result}");
        let told = &result["result"]["structuredContent"]["slug"];
        assert_eq!(*told, json!(member.agent.slug));
    }
    world.stop().await;
}

/// Who waits in vain is not kept beyond the time that a call has.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_longer_than_a_call_is_told_as_far_as_it_is() {
    let options = covibe_testkit::Options {
        deadline: Duration::from_millis(1_200),
        ..super::options(covibe_store::Backend::Sqlite)
    };
    let world = World::start(options).await.expect("SQLite is built in");
    let member = world.founded("told-part").await;
    let delay = covibe_sandbox::faults::Fault::new(covibe_sandbox::faults::Name::Delay);
    world.gitea.arm(delay.delay(Duration::from_millis(1_800)).on("POST", "/admin/users/*/orgs"));
    let looking = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        describe(&member, ERAS[1], Some(json!("word")), STREAM).await
    };
    let (run, answer) = tokio::join!(provision(&member.agent), looking);
    assert_eq!(run.status, 504, "{}", run.text);
    let result = messages(&answer).pop().expect("a result");
    let told = &result["result"]["structuredContent"];
    assert_eq!(told["provisionStatus"], "partial", "{result}");
    world.stop().await;
}
