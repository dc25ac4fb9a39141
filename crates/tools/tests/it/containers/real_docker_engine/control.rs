//! Stopping, starting and restarting, as the engine shows it.

use std::time::Duration;

use covibe_testkit_docker::{Container, Recipe};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{Host, call_refused, started};

/// Returns a container's status in the engine, and the time of its start.
fn state(of: &Container<'_>) -> (String, String) {
    let told = of.inspect("{{.State.Status}} {{.State.StartedAt}}");
    let (status, since) = told.split_once(' ').expect("two words");
    (status.to_owned(), since.to_owned())
}

/// Lets a tool stop, start and restart a container, and compares its answers with the engine.
async fn assert_obeys(host: &Host, tool: &str, uuid: &str, container: &Container<'_>) {
    let mut begun = Vec::new();
    for (action, expected) in
        [("stop", "exited"), ("stop", "exited"), ("start", "running"), ("restart", "running")]
    {
        let params = json!({ "uuid": uuid, "action": action });
        let answer = host.call_ok(tool, params).await;
        assert_eq!(
            (&answer["by"], &answer["reached"]),
            (&json!("docker"), &json!(true)),
            "{answer}"
        );
        assert_eq!(answer["services"][0]["status"], expected, "{answer}");
        let (status, since) = state(container);
        assert_eq!(status, expected, "{tool} {action}");
        begun.push((since, answer["changed"].clone()));
    }
    let changed: Vec<_> = begun.iter().map(|(_, changed)| changed.clone()).collect();
    assert_eq!(changed, [true, false, true, true].map(Value::Bool));
    assert!(
        begun[1].0 != begun[2].0 && begun[2].0 != begun[3].0,
        "it was started twice: {begun:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_and_a_database_are_stopped_started_and_restarted() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    let database = json!({ "type": "postgresql", "name": "db", "image": "postgres:16" });
    let database = started(&host.world, "databases.create", database).await;
    let site = Recipe::of_app(&app).image("nginx:1.27").run(host.engine);
    let kept = Recipe::of_database(&database).image("postgres:16").run(host.engine);
    assert_obeys(&host, "apps.control", &app, &site).await;
    assert_eq!(state(&kept).0, "running");
    assert_obeys(&host, "databases.control", &database, &kept).await;
    let log = host.call_ok("apps.logs", json!({ "uuid": database })).await;
    assert_eq!(log["services"][0]["container"], database, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_whose_server_is_killed_is_finished_by_the_next_call() {
    let Some(host) = Host::start().await else { return };
    let app = host.site().await;
    // It notices that it is to end, and goes on until Docker kills it.
    let deaf = "trap 'echo asked to end' TERM; echo ready";
    let site = Recipe::of_app(&app).image("nginx:1.27").script(deaf);
    let site = site.option(["--stop-timeout", "2"]).run(host.engine);
    site.wait_until_printed("ready");
    let params = json!({ "uuid": app, "action": "stop" });
    let begin = || {
        let runtime = Runtime::new().expect("a runtime");
        let process = runtime.block_on(host.world.process());
        let (member, params) = (host.world.mark.clone(), params.clone());
        runtime.spawn(async move { process.call(&member, "apps.control", params).await });
        site.wait_until_printed("asked to end");
        runtime.shutdown_timeout(Duration::from_secs(1));
    };
    tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(begin).join()))
        .expect("a killed server");
    let answer = host.call_ok("apps.control", params).await;
    assert_eq!(
        (&answer["reached"], &answer["services"][0]["status"]),
        (&json!(true), &json!("exited"))
    );
    assert_eq!(site.inspect("{{.State.Status}} {{.State.ExitCode}}"), "exited 137");
    let command = json!({ "uuid": app, "command": "true" });
    let refused = call_refused(&host.world, "apps.exec", command).await;
    assert!(refused.status == 409 && refused.text.contains("it is exited"), "{}", refused.text);
    let answer = host.call_ok("apps.control", json!({ "uuid": app, "action": "start" })).await;
    assert_eq!(answer["reached"], true, "{answer}");
    assert_eq!(state(&site).0, "running");
}
