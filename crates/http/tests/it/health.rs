//! What the checks of the server say.

use covibe_testkit::{Location, World};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_its_database_runs_and_is_not_ready() {
    let world = World::embedded().await;
    let Location::File(path) = world.location() else { panic!("it is a file") };
    std::fs::remove_file(path).expect("a file");
    let checks = world.mark.agent.with_key(None);
    let health = checks.send("GET", "/api/health", &[], None).await;
    assert_eq!((health.status, &health.json()["status"]), (503, &json!("degraded")));
    let live = checks.send("GET", "/api/live", &[("host", "10.0.0.7")], None).await;
    assert_eq!((live.status, live.json()), (200, json!({ "status": "ok" })));
}
