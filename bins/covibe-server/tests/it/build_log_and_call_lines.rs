//! The log of a failed build, as reported by the binary that ships, whose patterns compile with the features
//! that it is built with; and the lines of calls in its own log.

use covibe_sandbox::coolify::{Outcome, Outcomes};
use covibe_testkit_http::{Agent, Options, World};
use serde_json::json;

use crate::server_process::Server;

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_failed_build_is_explained_and_searchable() {
    let outcomes = Outcomes::default();
    let mut options = Options::default();
    options.coolify.outcomes = outcomes.clone();
    let world = World::start(options).await.expect("SQLite is built in");
    let mut log: Vec<_> = (0..400).map(|number| format!("#7 step {number}")).collect();
    log[20] = "#7 ERROR: Größe of type 'number' is missing".to_owned();
    outcomes.next("site", Outcome::Fails { log });
    let server = Server::start(&world);
    let agent = server.agent(&world.mark);
    let params = json!({ "image": "nginx:1.27", "name": "site", "instantDeploy": false });
    let app = agent.compact("apps.create", &params).await.expect("an app");
    let params = json!({ "uuid": app["uuid"], "wait": true });
    let told = agent.compact("apps.deploy", &params).await.expect("a deployment");
    assert_eq!(told["status"], "failed", "{told}");
    assert!(told.to_string().contains("Größe of type"), "the error is shown: {told}");
    let params = json!({ "uuid": told["uuid"], "search": "no such text" });
    let found = agent.compact("deployments.logs", &params).await.expect("matches");
    assert_eq!(found["matches"], 0, "{found}");
    let params = json!({ "uuid": told["uuid"], "search": "GRÖßE OF" });
    let found = agent.compact("deployments.logs", &params).await.expect("matches");
    assert_eq!(found["matches"], 1, "{found}");
}

/// Ends a server and returns the lines of calls in its log.
async fn lines_of_calls(server: Server) -> Vec<String> {
    server.signal("TERM");
    let (_, log) =
        tokio::task::spawn_blocking(move || server.wait_for_end()).await.expect("its end");
    log.lines().filter(|line| line.contains("covibe::call")).map(str::to_owned).collect()
}

/// Asks for an app that does not exist, in a request with this id.
async fn ask(agent: &Agent, id: &str) {
    let path = format!("/api/workspaces/{}/apps/missing", agent.slug);
    agent.send("GET", &path, &[("x-request-id", id)], None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_is_logged_with_tool_outcome_caller_and_request_id() {
    let world = World::embedded().await;
    let server = Server::start(&world);
    let agent = server.agent(&world.mark);
    ask(&agent, "trace-7").await;
    let lines = lines_of_calls(server).await;
    let [line] = &lines[..] else { panic!("{lines:#?}") };
    for part in [
        "INFO",
        "tool=\"apps.get\"",
        "outcome=\"not_found\"",
        "ms=",
        "workspace=\"mark\"",
        "actor=\"key_",
        "address=127.0.0.1",
        "request=trace-7",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

/// Other lines that are equal are folded, and a client may send the same id with each request.
#[tokio::test(flavor = "multi_thread")]
async fn repeated_and_unknown_calls_are_logged_one_line_each() {
    let world = World::embedded().await;
    let server = Server::start(&world);
    let agent = server.agent(&world.mark);
    for _ in 0..50 {
        ask(&agent, "same").await;
    }
    agent.compact("no.such.tool-hunter2", &json!({})).await.expect_err("no such tool");
    let lines = lines_of_calls(server).await;
    assert_eq!(lines.len(), 51, "{lines:#?}");
    let unknown = &lines[50];
    assert!(unknown.contains("tool=\"unknown\"") && !unknown.contains("hunter2"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_filter_above_info_suppresses_call_lines() {
    let world = World::embedded().await;
    let server = Server::start_with(&world, &[("RUST_LOG", "warn")]);
    ask(&server.agent(&world.mark), "trace-7").await;
    assert_eq!(lines_of_calls(server).await, Vec::<String>::new());
}

/// Equal ones of a minute are counted in a second line.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_project_or_destination_is_logged_as_a_warning_at_most_twice() {
    let world = World::embedded().await;
    let (mark, justine) = (&world.mark.record, &world.justine.record);
    let (mark, justine) = (world.read_workspace(mark).await, world.read_workspace(justine).await);
    let project = mark.expect("a workspace").coolify_project_uuid.expect("a project");
    let network = justine.expect("a workspace").coolify_destination_uuid.expect("a destination");
    let operator = world.operator();
    operator.coolify("DELETE", &format!("/projects/{project}"), &json!(null)).await;
    operator.coolify("DELETE", &format!("/destinations/{network}"), &json!(null)).await;
    let server = Server::start(&world);
    let (of_mark, of_justine) = (server.agent(&world.mark), server.agent(&world.justine));
    let app = json!({ "image": "nginx:1.27", "name": "site" });
    for _ in 0..3 {
        of_mark.compact("apps.list", &json!({})).await.expect_err("no project");
        of_justine.compact("apps.create", &app).await.expect_err("no destination");
    }
    server.signal("TERM");
    let (_, log) =
        tokio::task::spawn_blocking(move || server.wait_for_end()).await.expect("its end");
    for part in ["Coolify project no longer exists", "/destinations/{uuid}"] {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(part)).collect();
        assert!(lines[0].contains("WARN") && lines.len() <= 2, "{part}: {log}");
    }
}
