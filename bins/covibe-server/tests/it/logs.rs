//! The log of a failed build, told by the binary that ships: its patterns compile with the features
//! that it is built with.

use covibe_sandbox::coolify::{Outcome, Outcomes};
use covibe_testkit::{Options, World};
use serde_json::json;

use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_build_is_searched_and_explained() {
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

#[tokio::test(flavor = "multi_thread")]
async fn each_call_has_a_line_on_request() {
    let world = World::embedded().await;
    let server = Server::start_with(&world, &[("RUST_LOG", "covibe::call=info")]);
    let agent = server.agent(&world.mark);
    let path = format!("/api/workspaces/{}/apps/missing", agent.slug);
    agent.send("GET", &path, &[("x-request-id", "trace-7")], None).await;
    server.signal("TERM");
    let (_, log) = tokio::task::spawn_blocking(move || server.ended()).await.expect("its end");
    let line = log.lines().find(|line| line.contains("covibe::call")).expect("a line");
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
