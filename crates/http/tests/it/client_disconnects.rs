//! Clients that close the connection, or cancel, while a command runs: on a real engine behind a real SSH server.

use std::time::Duration;

use covibe_testkit_docker::{Container, Docker, Recipe, Sshd};
use covibe_testkit_http::support::unframed;
use covibe_testkit_http::{Agent, Options, World};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// The command. It would run for a minute.
const COMMAND: &str = "trap '' TERM INT HUP; echo begun; sleep 4321";

/// The time that a busy engine may take to start or end a command: less than the minute after which the command ends by
/// itself.
const PATIENCE: Duration = Duration::from_secs(45);

/// A server that reaches an engine, and an app's container there.
struct Host {
    world: World,
    app: String,
    container: Container<'static>,
    _sshd: Sshd,
}

impl Host {
    /// Starts it; `None` where there is no engine, no sshd or no gate, which is printed.
    async fn start() -> Option<Self> {
        let engine = Docker::shared()?;
        let sshd = Sshd::gated(engine)?;
        let options = Options { docker: false, ..Options::default() };
        let mut world = World::start(options).await.expect("SQLite is built in");
        world.reach_by_ssh(&sshd.address(), sshd.key_file(), sshd.known_hosts()).await;
        let params = json!({ "image": "nginx:1.27", "name": "site", "ports": "80" });
        let made = world.mark.agent.compact("apps.create", &params).await.expect("an app");
        world.coolify.advance(Duration::from_mins(1));
        let app = made["uuid"].as_str().expect("a uuid").to_owned();
        let container = Recipe::of_app(&app).run(engine);
        Some(Self { world, app, container, _sshd: sshd })
    }

    fn params(&self) -> Value {
        json!({ "uuid": self.app, "command": COMMAND, "timeout_ms": 60_000 })
    }

    /// Waits until the command runs, or does not.
    async fn until(&self, runs: bool) {
        let is = || self.container.processes().iter().any(|one| one.contains("sleep 4321")) == runs;
        let waiting = async {
            while !is() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("it runs: {}", !runs));
    }

    /// Begins the command in this way, over a connection of its own.
    fn begin(&self, way: &'static str) -> JoinHandle<String> {
        let (agent, params) = (self.world.mark.agent.reconnected(), self.params());
        let tool = covibe_tools::registry().find("apps.exec").cloned().expect("a tool");
        tokio::spawn(async move {
            let call = json!({ "name": "apps_exec", "arguments": params });
            match way {
                "rpc" => agent.rpc("tools/call", &call).await.text,
                "modern" => agent.rpc_modern("tools/call", &call).await.text,
                "progress" => with_progress(&agent, call).await,
                "stream" => with_events(&agent, params).await,
                "compact" => agent.compact_raw("apps.exec", &params).await.text,
                _ => agent.rest_raw(&tool, &params).await.text,
            }
        })
    }
}

/// Makes a call that asks for progress, whose answer is a stream.
async fn with_progress(agent: &Agent, mut call: Value) -> String {
    call["_meta"] = json!({ "progressToken": "p" });
    agent.rpc("tools/call", &call).await.text
}

/// Makes a call over REST that accepts a stream as its answer.
async fn with_events(agent: &Agent, mut params: Value) -> String {
    let uuid = params.as_object_mut().and_then(|params| params.remove("uuid")).expect("a uuid");
    let path = format!("/api/workspaces/mark/apps/{}/exec", uuid.as_str().expect("a text"));
    let headers = [("content-type", "application/json"), ("accept", "text/event-stream")];
    agent.send("POST", &path, &headers, Some(params.to_string())).await.text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_ends_when_its_client_closes_the_connection() {
    let Some(host) = Host::start().await else { return };
    for way in ["rpc", "modern", "progress", "compact", "rest", "stream"] {
        let call = host.begin(way);
        host.until(true).await;
        call.abort();
        host.until(false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_ends_when_its_client_cancels_it() {
    let Some(host) = Host::start().await else { return };
    for way in ["rpc", "progress"] {
        let call = host.begin(way);
        host.until(true).await;
        let params = json!({ "requestId": 1, "reason": "the user" });
        let cancels =
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
        assert_eq!(host.world.justine.agent.post_mcp(&cancels).await.status, 202);
        host.until(true).await;
        assert_eq!(host.world.mark.agent.post_mcp(&cancels).await.status, 202);
        let told = timeout(PATIENCE, call).await.expect("an answer").expect("no panic");
        assert!(told.contains("cancelled the call"), "{told}");
        host.until(false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_command_goes_on_without_its_client() {
    let Some(host) = Host::start().await else { return };
    let command = "echo begun; sleep 5; echo done; exit 4";
    let params = json!({ "uuid": host.app, "command": command, "detach": true });
    let leaving = host.world.mark.agent.reconnected();
    let begun = leaving.compact("apps.exec", &params).await.expect("an id");
    // An engine that is busy starts it after the answer.
    assert!(
        begun["running"] == true && "begun\n".starts_with(unframed(&begun["stdout"])),
        "{begun}"
    );
    drop(leaving);
    let params = json!({ "uuid": host.app, "id": begun["id"], "wait_ms": 50_000 });
    let ended = host.world.mark.agent.compact("apps.exec_result", &params).await.expect("an end");
    assert_eq!((&ended["running"], &ended["code"]), (&json!(false), &json!(4)), "{ended}");
    assert_eq!(unframed(&ended["stdout"]), "begun\ndone\n", "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_command_goes_on_if_its_client_leaves_at_once() {
    let Some(host) = Host::start().await else { return };
    let command = "sleep 1; (sleep 4321 & sleep 2); echo done >/tmp/done";
    let (agent, app) = (host.world.mark.agent.reconnected(), host.app.clone());
    let call = tokio::spawn(async move {
        let params = json!({ "uuid": app, "command": command, "detach": true });
        agent.compact_raw("apps.exec", &params).await.text
    });
    host.until(true).await;
    call.abort();
    let look = json!({ "uuid": host.app, "command": "cat /tmp/done" });
    let waiting = async {
        while host.world.mark.agent.compact("apps.exec", &look).await.expect("a file")["code"] != 0
        {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("it ran to its end");
}
