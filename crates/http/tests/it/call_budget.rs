//! How many calls to Coolify an operation makes at most, once it knows the version, the server and the
//! project's environments.

use std::collections::HashMap;

use covibe_testkit::{Upstream, World, calls};
use serde_json::{Value, json};

use crate::support::estate::repository;

/// Lists of the whole instance, which take long where there are many workspaces.
const WHOLE_INSTANCE: [&str; 4] =
    ["GET /applications$", "GET /services$", "GET /databases$", "GET /resources$"];

/// A call of a tool on the resource of this name, and how many calls to Coolify it may make.
fn budget(repo: &str) -> Vec<(&'static str, &'static str, Value, usize)> {
    let compose = "services: {web: {image: 'a/web:1', expose: ['80']}}";
    let env = json!({ "key": "A", "value": "b" });
    vec![
        ("apps.create", "image", json!({ "image": "nginx:1.27", "name": "image" }), 8),
        ("apps.create", "repo", json!({ "repo": repo, "name": "repo" }), 8),
        ("auth.create", "auth", json!({ "provider": "pocketbase" }), 5),
        // The provider, which is being started, comes without its domains.
        ("apps.create", "compose", json!({ "composeRaw": compose, "name": "compose" }), 10),
        ("databases.create", "db", json!({ "type": "postgresql", "name": "db" }), 3),
        ("databases.create", "keydb", json!({ "type": "keydb", "name": "keydb" }), 3),
        ("apps.list", "", json!({}), 1),
        ("auth.list", "", json!({}), 1),
        // One for each KeyDB, Dragonfly and ClickHouse.
        ("databases.list", "", json!({}), 1 + 1),
        ("apps.get", "image", json!({}), 3),
        ("apps.get", "compose", json!({}), 3),
        ("auth.get", "auth", json!({}), 2),
        ("databases.get", "db", json!({}), 1),
        ("apps.update", "image", json!({ "patch": { "name": "renamed" } }), 5),
        ("apps.update", "image", json!({ "patch": { "description": "A site" } }), 3),
        ("apps.domains.set", "image", json!({ "domains": ["new.mark.vibnai.com"] }), 4),
        ("apps.domains.set", "compose", json!({ "domains": ["crm.mark.vibnai.com"] }), 9),
        ("apps.envs.list", "image", json!({}), 2),
        ("apps.envs.upsert", "image", json!({ "envs": [env] }), 4),
        ("apps.envs.delete", "image", json!({ "key": "A" }), 5),
        ("apps.deploy", "image", json!({}), 3),
        ("apps.deployments", "image", json!({}), 2),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_makes_more_calls_than_it_needs() {
    let world = World::embedded().await;
    let agent = world.mark.agent.clone();
    let repo = repository(&agent, "site-code").await;
    // What is remembered for long is fetched here.
    let first = json!({ "repo": repo, "name": "first" });
    agent.compact("apps.create", &first).await.expect("an app");
    let mut uuids = HashMap::new();
    for (tool, name, mut params, most) in budget(&repo) {
        if let Some(uuid) = uuids.get(name) {
            params["uuid"] = Value::clone(uuid);
        }
        world.coolify.clear_requests();
        let answer = agent.compact(tool, &params).await.expect(tool);
        let made = calls::received(&world, Upstream::Coolify).into_iter();
        let made: Vec<_> = made.map(|call| format!("{} {}", call.method, call.path)).collect();
        assert!(made.len() <= most, "{tool} {name} makes {} of {most}: {made:?}", made.len());
        let is_whole = |call: &String| WHOLE_INSTANCE.contains(&call.as_str());
        assert!(!made.iter().any(is_whole), "{tool} {name}: {made:?}");
        if tool.ends_with(".create") {
            uuids.insert(name, answer["uuid"].clone());
        }
    }
}
