//! `workspace_describe` with a progress token: it reports the steps of a run while the run lasts.

use std::time::Duration;

use covibe_testkit_http::{Agent, AgentAnswer, Member, Options, World};
use serde_json::{Value, json};
use tokio::time::timeout;

/// The two eras of the protocol.
const ERAS: [&str; 2] = ["2025-11-25", "2026-07-28"];

const STREAM: &str = "application/json, text/event-stream";

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(2);

/// Short times: what is broken off is taken over soon.
fn options() -> Options {
    Options { attempt: Duration::from_secs(2), ..Options::default() }
        .with_deadline(Duration::from_mins(1))
        .with_settings(|it| {
            it.late = Duration::from_millis(200);
            it.lease = Duration::from_millis(300);
        })
}

/// Upstream calls of a run in their order, each of another step.
const GITEA_CALLS: [&str; 3] = ["/admin/users$", "/admin/users/*/orgs$", "/users/*/tokens$"];
const COOLIFY_CALLS: [&str; 2] = ["/security/keys$", "/projects$"];

/// Starts a world whose runs can be held without a lease or an attempt timing out.
async fn patient() -> World {
    let options = Options { attempt: LONG, ..options() }.with_settings(|it| it.lease = LONG);
    World::start(options).await.expect("SQLite is built in")
}

/// The headers and the body of a call of `workspace_describe` by a client of this era.
fn request(
    era: &'static str,
    token: Option<Value>,
    accept: &'static str,
) -> (Vec<(&'static str, &'static str)>, String) {
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
    (headers, body.to_string())
}

async fn describe(
    member: &Member,
    era: &'static str,
    token: Option<Value>,
    accept: &'static str,
) -> AgentAnswer {
    let (headers, body) = request(era, token, accept);
    member.agent.send("POST", "/api/mcp", &headers, Some(body)).await
}

/// The messages of a stream of events, as they arrive.
struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    /// Calls `workspace_describe`, and returns when the answer has begun.
    async fn open(member: &Member, era: &'static str, token: &Value) -> Self {
        let (headers, body) = request(era, Some(token.clone()), STREAM);
        let response = member.agent.open("POST", "/api/mcp", &headers, Some(body)).await;
        assert_eq!(response.status(), 200, "{era}");
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{era}");
        Self { response, text: String::new() }
    }

    /// Returns the next message.
    async fn next(&mut self) -> Value {
        loop {
            if let Some((line, rest)) = self.text.split_once('\n') {
                let data = line.strip_prefix("data:").map(str::trim).unwrap_or_default();
                let message = serde_json::from_str(data).ok();
                self.text = String::from(rest);
                match message {
                    Some(message) => return message,
                    None => continue,
                }
            }
            let chunk = timeout(LONG, self.response.chunk()).await.expect("a message in time");
            let chunk = chunk.expect("a stream").expect("no end before the result");
            self.text += std::str::from_utf8(&chunk).expect("UTF-8");
        }
    }
}

/// The messages of a whole stream.
fn messages(answer: &AgentAnswer) -> Vec<Value> {
    assert_eq!(answer.headers["content-type"], "text/event-stream", "{}", answer.text);
    let data = answer.text.lines().filter_map(|line| line.strip_prefix("data:"));
    let data = data.map(str::trim).filter(|data| !data.is_empty());
    data.map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

/// Provisions the agent's workspace.
async fn provision(agent: &Agent) -> AgentAnswer {
    agent.json("POST", &format!("/api/workspaces/{}/provision", agent.slug), &json!({})).await
}

/// Provisions a workspace, and looks at it while the run is held.
async fn meanwhile(world: &World, slug: &str, look: impl AsyncFn(&Member)) {
    let member = world.new_workspace(slug).await;
    let hold = world.gitea.hold("POST", GITEA_CALLS[1]);
    let looking = async {
        hold.arrived().await;
        look(&member).await;
        hold.release();
    };
    let (answer, ()) = tokio::join!(provision(&member.agent), looking);
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_progress_token_gets_the_progress_of_provisioning() {
    let world = patient().await;
    for (era, token) in [(ERAS[0], json!("word")), (ERAS[1], json!(17))] {
        let member = world.new_workspace(&format!("told-{}", &era[..4])).await;
        let gitea = GITEA_CALLS.map(|path| world.gitea.hold("POST", path));
        let coolify = COOLIFY_CALLS.map(|path| world.coolify.hold("POST", path));
        let mut holds = gitea.into_iter().chain(coolify);
        let agent = member.agent.clone();
        let run = tokio::spawn(async move { provision(&agent).await });
        let first = holds.next().expect("a call");
        first.arrived().await;
        let mut stream = Stream::open(&member, era, &token).await;
        let mut told = vec![stream.next().await];
        first.release();
        for hold in holds {
            hold.arrived().await;
            told.push(stream.next().await);
            hold.release();
        }
        assert_eq!(run.await.expect("no panic").status, 200);
        let result = loop {
            let message = stream.next().await;
            match message.get("result") {
                Some(_) => break message,
                None => told.push(message),
            }
        };
        assert_eq!(result["id"], 7, "{era}: {result}");
        let described = &result["result"]["structuredContent"];
        assert_eq!(described["provisionStatus"], "ready", "{era}: {described}");
        assert!(told.len() > 3, "{era}: {told:?}");
        assert_progress(&told, &token, era);
    }
    world.stop().await;
}

/// Checks that each message is a notification of more progress than the one before it.
fn assert_progress(messages: &[Value], token: &Value, era: &str) {
    let mut done = 0.0;
    for message in messages {
        assert_eq!(message["method"], "notifications/progress", "{era}: {message}");
        let params = &message["params"];
        assert_eq!(params["progressToken"], *token, "{era}: {message}");
        let (progress, total) = (params["progress"].as_f64(), params["total"].as_f64());
        let progress = progress.expect("a number");
        assert!(progress > done, "{era}: {messages:?}");
        assert!(total.is_some_and(|total| progress <= total), "{era}: {message}");
        assert!(params["message"].is_string(), "{era}: {message}");
        done = progress;
    }
}

/// It comes while the run is held, so it did not wait for the run.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_token_or_stream_gets_a_single_answer_at_once() {
    let world = patient().await;
    for era in ERAS {
        meanwhile(&world, &format!("quiet-{}", &era[..4]), async |member| {
            for (token, accept) in [
                (None, STREAM),
                (Some(json!("word")), "application/json"),
                (Some(json!("word")), "*/*"),
                (None, "application/json"),
            ] {
                let what = format!("{era} {token:?} {accept}");
                let answer = describe(member, era, token, accept).await;
                assert_eq!(answer.status, 200, "{what}: {}", answer.text);
                assert_eq!(answer.headers["content-type"], "application/json", "{what}");
                let told = answer.json()["result"]["structuredContent"]["provisionStatus"].clone();
                assert_ne!(told, "ready", "{what}: the run is under way");
            }
        })
        .await;
    }
    world.stop().await;
}

/// With nothing under way there is nothing to be told, and nothing to wait for.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_progress_token_is_answered_at_once_without_a_run() {
    // One that waited would wait for as long as a call may take.
    let deadline = Duration::from_hours(1);
    let options = options().with_deadline(deadline);
    let world = World::start(options).await.expect("SQLite is built in");
    for (era, member) in
        ERAS.into_iter().flat_map(|era| [(era, &world.mark), (era, &world.justine)])
    {
        let answer = timeout(LONG, describe(member, era, Some(json!("word")), STREAM)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{era}: it waited"));
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

/// A client that waits in vain is not kept beyond the time that a call has.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_outlasts_the_call_deadline_is_reported_as_partial() {
    let deadline = Duration::from_millis(1_200);
    let options = Options { attempt: LONG, ..options() }
        .with_deadline(deadline)
        .with_settings(|it| it.lease = LONG);
    let world = World::start(options).await.expect("SQLite is built in");
    let member = world.new_workspace("told-part").await;
    let hold = world.gitea.hold("POST", GITEA_CALLS[1]);
    let looking = async {
        hold.arrived().await;
        describe(&member, ERAS[1], Some(json!("word")), STREAM).await
    };
    let (run, answer) = tokio::join!(provision(&member.agent), looking);
    assert_eq!(run.status, 504, "{}", run.text);
    let result = messages(&answer).pop().expect("a result");
    let told = &result["result"]["structuredContent"];
    assert_eq!(told["provisionStatus"], "partial", "{result}");
    hold.release();
    world.stop().await;
}
