//! The ports of the host that public databases get.

use std::ops::RangeInclusive;

use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::compact_envelope_calls::expect_failure;

async fn world_with(ports: RangeInclusive<u16>) -> World {
    let options = Options::default().with_settings(|it| it.public_ports = ports);
    World::start(options).await.expect("SQLite is built in")
}

fn public(name: &str) -> Value {
    json!({ "type": "redis", "name": name, "isPublic": true })
}

async fn create(agent: &Agent, params: &Value) -> Value {
    agent.compact("databases.create", params).await.expect("a database")
}

/// Makes a call that is refused with 409. Returns the failure.
async fn call_refused(agent: &Agent, tool: &str, params: &Value) -> Value {
    expect_failure(agent, tool, params, 409).await.json()
}

fn assert_limit(failure: &Value, limit: &str) {
    assert!(failure["error"].as_str().is_some_and(|text| text.contains(limit)), "{failure}");
    let hint = failure["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("`internalUrl`") && hint.contains("delete"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn public_databases_get_free_ports_until_none_is_left() {
    let world = world_with(24_000..=24_002).await;
    let (mark, justine) = (&world.mark.agent, &world.justine.agent);
    let mut ports = Vec::new();
    for (agent, name) in [(mark, "first"), (mark, "second"), (justine, "first")] {
        let made = create(agent, &public(name)).await;
        assert!(made["externalUrl"].is_string(), "{made}");
        ports.push(made["publicPort"].as_u64().expect("a port"));
    }
    ports.sort_unstable();
    assert_eq!(ports, [24_000, 24_001, 24_002]);
    let none = call_refused(justine, "databases.create", &public("second")).await;
    assert_eq!(none["error"], "No public port is free.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_databases_of_a_tenant_get_at_most_half_of_the_public_ports() {
    let world = world_with(24_000..=24_003).await;
    let agent = &world.mark.agent;
    let first = create(agent, &public("first")).await["uuid"].clone();
    let second = create(agent, &public("second")).await["uuid"].clone();
    let limit = "2 of the host's 4 public ports";
    assert_limit(&call_refused(agent, "databases.create", &public("third")).await, limit);
    let named = json!({ "type": "redis", "name": "named", "isPublic": true, "publicPort": 24_003 });
    assert_limit(&call_refused(agent, "databases.create", &named).await, limit);

    // A private database keeps its port, and may use it again.
    let patch = |uuid: &Value, patch: Value| json!({ "uuid": uuid, "patch": patch });
    let close = patch(&first, json!({ "isPublic": false }));
    agent.compact("databases.update", &close).await.expect("a private database");
    let inner = json!({ "type": "postgresql", "name": "inner" });
    let inner = create(agent, &inner).await["uuid"].clone();
    for members in [json!({ "isPublic": true }), json!({ "publicPort": 24_003 })] {
        let refused = call_refused(agent, "databases.update", &patch(&inner, members)).await;
        assert_limit(&refused, limit);
    }
    let open = patch(&first, json!({ "isPublic": true }));
    agent.compact("databases.update", &open).await.expect("a public database");

    let outside =
        json!({ "type": "redis", "name": "outside", "isPublic": true, "publicPort": 15_432 });
    create(agent, &outside).await;
    let delete = json!({ "uuid": second, "confirm": "second" });
    agent.compact("databases.delete", &delete).await.expect("a deletion");
    create(agent, &public("third")).await;
    for name in ["first", "second"] {
        create(&world.justine.agent, &public(name)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creations_cannot_exceed_the_limit_of_public_ports() {
    let world = world_with(24_000..=24_007).await;
    let calls = (0..8).map(|number| {
        let (agent, params) = (world.mark.agent.clone(), public(&format!("db-{number}")));
        async move { agent.compact_raw("databases.create", &params).await }
    });
    let answers = calls.collect::<JoinSet<_>>().join_all().await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(made.len(), 4);
    for answer in refused {
        assert_eq!(answer.status, 409, "{}", answer.text);
    }
}

/// The port that the database had was outside the range.
#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_of_a_taken_port_counts_towards_the_limit() {
    let world = world_with(24_000..=24_001).await;
    let agent = &world.mark.agent;
    create(agent, &public("first")).await;
    let redis = |name: &str| json!({ "type": "redis", "name": name, "isPublic": true, "publicPort": 15_432 });
    let second = create(agent, &redis("second")).await["uuid"].clone();
    let close = json!({ "uuid": second, "patch": { "isPublic": false } });
    agent.compact("databases.update", &close).await.expect("a private database");
    create(agent, &redis("third")).await;
    let open = json!({ "uuid": second, "patch": { "isPublic": true } });
    let refused = call_refused(agent, "databases.update", &open).await;
    assert_limit(&refused, "1 of the host's 2 public ports");
}
