//! The answers of the checks of the server.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit_http::{Location, World};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_its_database_is_live_and_reports_degraded_health() {
    let world = World::embedded().await;
    let Location::File(path) = world.location() else { panic!("it is a file") };
    std::fs::remove_file(path).expect("a file");
    let checks = world.mark.agent.with_key(None);
    let health = checks.send("GET", "/api/health", &[], None).await;
    assert_eq!((health.status, &health.json()["status"]), (503, &json!("degraded")));
    let live = checks.send("GET", "/api/live", &[("host", "10.0.0.7")], None).await;
    assert_eq!((live.status, live.json()), (200, json!({ "status": "ok" })));
}

/// A balancer must not take a server out whose upstream fails: the others have the same upstream.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_upstream_is_reported_and_does_not_degrade_health() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    world.coolify.arm(Fault::new(Name::Status).status(500).times(u32::MAX));
    let unknown = json!({ "uuid": "a".repeat(24) });
    agent.compact("apps.get", &unknown).await.expect_err("a failure of Coolify");
    let health = agent.with_key(None).send("GET", "/api/health", &[], None).await;
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
    let upstreams = &health.json()["upstreams"];
    assert_eq!(upstreams["coolify"]["last_call"], "failed", "{upstreams}");
    assert_eq!(upstreams["gitea"]["last_call"], "ok", "{upstreams}");
    world.coolify.disarm();
    agent.compact("apps.get", &unknown).await.expect_err("there is none");
    let health = agent.with_key(None).send("GET", "/api/health", &[], None).await.json();
    assert_eq!(health["upstreams"]["coolify"]["last_call"], "ok", "{health}");
}
