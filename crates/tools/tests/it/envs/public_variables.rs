//! Variables whose values keys that only read see, because a full key said so.

use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};

use super::Bench;
use crate::support::served;

/// Mark's agent with a key that only reads.
async fn reader(world: &World) -> Agent {
    let agent = &world.mark.agent;
    let key = agent.json("POST", "/api/workspaces/mark/keys", &json!({ "access": "read" })).await;
    agent.with_key(key.json()["token"].as_str())
}

/// The values of an app's variable as an agent sees them, production before preview.
async fn visible_variable(agent: &Agent, bench: &Bench<'_>, key: &str) -> Vec<Value> {
    let params = json!({ "uuid": bench.app });
    let listed = agent.compact("apps.envs.list", &params).await.expect("a list");
    let envs = listed["envs"].as_array().cloned().expect("a list");
    let of_key = envs.into_iter().filter(|env| env["key"] == key);
    of_key.map(|env| env["value"].clone()).collect()
}

async fn is_seen(agent: &Agent, bench: &Bench<'_>, key: &str) -> bool {
    let values = visible_variable(agent, bench, key).await;
    assert!(!values.is_empty(), "{key}");
    values.iter().all(|value| !value.is_null())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_key_sees_only_values_that_a_full_key_made_public() {
    let world = served(Options::default()).await;
    let (reader, narrowed) = (reader(&world).await, world.mark.agent.with_read_only_url());
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        bench
            .set(json!({ "envs": [
                { "key": "LEVEL", "value": "info", "isPublic": true },
                { "key": "REGION", "value": "ca" },
            ] }))
            .await;
        for agent in [&reader, &narrowed] {
            assert!(is_seen(agent, &bench, "LEVEL").await);
            assert!(!is_seen(agent, &bench, "REGION").await);
        }
        assert_eq!(bench.list_variable("LEVEL").await[0]["isPublic"], true);
        assert_eq!(bench.list_variable("REGION").await[0].get("isPublic"), None);
        // An omitted flag keeps it, as it keeps the others.
        bench.set(json!({ "key": "LEVEL", "value": "warn" })).await;
        assert_eq!(visible_variable(&reader, &bench, "LEVEL").await[0], "warn");
        bench.set(json!({ "key": "LEVEL", "value": "debug", "isPublic": false })).await;
        assert!(!is_seen(&reader, &bench, "LEVEL").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_variable_that_looks_secret_stays_hidden_and_causes_a_warning() {
    let world = World::embedded().await;
    let reader = reader(&world).await;
    let bench = Bench::image(&world, "image").await;
    for (key, value) in [
        ("API_KEY", "abc"),
        ("DB_URL", "postgres://app:hunter2@db:5432/shop"),
        ("STRIPE", "sk_live_0123456789abcdefghij"),
        ("MSSQL", "Server=db;Password=hunter2"),
    ] {
        let set = bench.set(json!({ "key": key, "value": value, "isPublic": true })).await;
        assert!(set["warning"].as_str().is_some_and(|text| text.contains(key)), "{set}");
        assert!(!is_seen(&reader, &bench, key).await, "{key}");
    }
    let both = json!({ "key": "A", "value": "x", "isPublic": true, "isShownOnce": true });
    let (status, body) = bench.fail("apps.envs.upsert", both).await;
    assert_eq!(status, 400, "{body}");
    bench.set(json!({ "key": "B", "value": "x", "isPublic": true })).await;
    bench.set(json!({ "key": "B", "value": "hunter-2", "isShownOnce": true })).await;
    bench.set(json!({ "key": "B", "value": "hunter-3", "isShownOnce": false })).await;
    assert!(!is_seen(&reader, &bench, "B").await, "it was secret meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_variable_is_not_public() {
    let world = World::embedded().await;
    let reader = reader(&world).await;
    let bench = Bench::image(&world, "image").await;
    let (tenant, workspace) = (&world.mark.record.tenant, &world.mark.record.id);
    let uuid = serde_json::from_value(bench.app.clone()).expect("a uuid");
    bench.set(json!({ "key": "LEVEL", "value": "info", "isPublic": true })).await;
    bench
        .agent
        .compact("apps.envs.delete", &bench.params(json!({ "key": "LEVEL" })))
        .await
        .unwrap();
    bench.set(json!({ "key": "LEVEL", "value": "info" })).await;
    assert!(!is_seen(&reader, &bench, "LEVEL").await);
    bench.set(json!({ "key": "LEVEL", "value": "info", "isPublic": true })).await;
    let confirmed = bench.params(json!({ "confirm": "image" }));
    bench.agent.compact("apps.delete", &confirmed).await.expect("a deletion");
    let mut tx = world.store.tenant_read(tenant).await.expect("a transaction");
    assert_eq!(tx.public_variables(workspace, &uuid).await.expect("names"), [""; 0]);
    tx.commit().await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_app_can_have_public_variables() {
    let world = World::embedded().await;
    let reader = reader(&world).await;
    let envs = json!([{ "key": "LEVEL", "value": "info", "isPublic": true }]);
    let made = [
        ("applications", json!({ "image": "nginx:1", "name": "one", "envs": envs })),
        ("services", json!({ "composeRaw": super::FILE, "name": "two", "envs": envs })),
    ];
    for (family, params) in made {
        let bench = Bench::new(&world, family, params).await;
        assert!(is_seen(&reader, &bench, "LEVEL").await, "{family}");
    }
}
