//! A command that runs without its client: on a server that is killed or stopped, or canceled.

use std::time::Duration;

use covibe_testkit::support::unframed;
use covibe_testkit::{DetachedTimes, Options, Process};
use covibe_testkit_docker::{Container, Recipe};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use super::{Host, sshd};

/// Times with which a server is soon taken for killed.
const TIMES: DetachedTimes = DetachedTimes {
    answered_after: Duration::from_secs(2),
    reported_every: Duration::from_millis(200),
    lost_after: Duration::from_secs(3),
};

/// The longest time for which the processes of an ended command may be left.
const PATIENCE: Duration = Duration::from_secs(20);

async fn start() -> Option<Host> {
    Host::start_with(sshd()?, Options::default().with_settings(|it| it.detached = TIMES)).await
}

/// Waits until the container has a process of the command, or has none.
async fn until(site: &Container<'_>, runs: bool) {
    let is = || site.processes().iter().any(|one| one.contains("sleep 4322")) == runs;
    let waiting = async {
        while !is() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("it runs: {}", !runs));
}

/// Starts the command at a server's process, and returns its id.
async fn begin(host: &Host, process: &Process, app: &str) -> Value {
    let command = "trap '' TERM INT HUP; echo begun; sleep 4322";
    let params = json!({ "uuid": app, "command": command, "detach": true, "timeout_ms": 600_000 });
    let begun = process.call(&host.world.mark, "apps.exec", params).await.expect("an id");
    assert_eq!(begun["running"], true, "{begun}");
    begun["id"].clone()
}

/// Starts the command of a new app at another server's process. Returns the app, its container, the process and the id.
async fn begin_elsewhere(host: &Host) -> (String, Container<'_>, Process, Value) {
    let app = host.site().await;
    let site = Recipe::of_app(&app).run(host.engine);
    let process = host.world.process().await;
    let id = begin(host, &process, &app).await;
    until(&site, true).await;
    (app, site, process, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_ends_the_detached_command_of_a_killed_server() {
    let Some(host) = start().await else { return };
    let app = host.site().await;
    let site = Recipe::of_app(&app).run(host.engine);
    let live = || {
        let runtime = Runtime::new().expect("a runtime");
        let id = runtime.block_on(async {
            let process = host.world.process().await;
            let id = begin(&host, &process, &app).await;
            until(&site, true).await;
            id
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
        id
    };
    let id = tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(live).join()));
    let id = id.expect("a killed server");
    until(&site, false).await;
    let params = json!({ "uuid": app, "id": id, "wait_ms": 50_000 });
    let answer = host.call_ok("apps.exec_result", params).await;
    assert_eq!((&answer["running"], &answer["code"]), (&json!(false), &json!(null)), "{answer}");
    assert!(answer["hint"].as_str().is_some_and(|it| it.contains("not observed")), "{answer}");
    assert_eq!(unframed(&answer["stdout"]), "begun\n", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_its_detached_command() {
    let Some(host) = start().await else { return };
    let (app, site, process, id) = begin_elsewhere(&host).await;
    process.dispatcher.flush().await;
    let params = json!({ "uuid": app, "id": id });
    let answer = host.call_ok("apps.exec_result", params).await;
    assert_eq!((&answer["running"], &answer["code"]), (&json!(false), &json!(137)), "{answer}");
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("The server was stopped. The server ended the command"), "{answer}");
    until(&site, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_command_is_gone_when_the_call_answers() {
    let Some(host) = start().await else { return };
    let (app, site, _process, id) = begin_elsewhere(&host).await;
    // By another server than the one that runs it.
    let params = json!({ "uuid": app, "id": id });
    let canceled = host.call_ok("apps.exec_cancel", params.clone()).await;
    let running = (&canceled["running"], &canceled["code"]);
    assert_eq!(running, (&json!(false), &json!(137)), "{canceled}");
    assert_eq!(unframed(&canceled["stdout"]), "begun\n", "{canceled}");
    let left = site.processes();
    assert!(!left.iter().any(|one| one.contains("sleep 4322")), "{left:?}");
    let hint = canceled["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("was requested. The server ended the command"), "{canceled}");
    let again = host.call_ok("apps.exec_cancel", params).await;
    let end = |answer: &Value| (answer["code"].clone(), answer["hint"].clone());
    assert_eq!(end(&again), end(&canceled), "nothing changes");
}
