//! The operations on Coolify, one after the other, with what each costs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use covibe_domain::boxed;
use serde_json::{Value, json};

use crate::git::repository;
use crate::server::World;
use crate::upstream_calls::{Upstream, received_calls};

/// Longer than anything takes to start.
const STARTED: Duration = Duration::from_mins(10);

/// A call of a tool on the resource of a name.
struct Step(&'static str, &'static str, Value);

/// The cost of a call of a tool.
#[derive(Clone, Debug)]
pub struct Cost {
    /// The tool.
    pub tool: &'static str,
    /// The name of the resource; empty for all.
    pub of: &'static str,
    /// The calls to Coolify, as `GET /projects/*$`.
    pub calls: Vec<String>,
    /// The bytes of Coolify's answers, without those about one server: the whole cell asks for them in half a minute,
    /// whoever starts something then.
    pub bytes: u64,
    /// The time until the answer.
    pub time: Duration,
}

fn steps(repo: &str) -> Vec<Step> {
    let compose = "services: {web: {image: 'a/web:1', expose: ['80']}}";
    let env = json!({ "key": "A", "value": "b" });
    vec![
        Step("apps.create", "image", json!({ "image": "nginx:1.27", "name": "image" })),
        Step("apps.create", "repo", json!({ "repo": repo, "name": "repo" })),
        Step("auth.create", "auth", json!({ "provider": "pocketbase" })),
        Step("apps.create", "compose", json!({ "composeRaw": compose, "name": "compose" })),
        Step("databases.create", "db", json!({ "type": "postgresql", "name": "db" })),
        Step("databases.create", "keydb", json!({ "type": "keydb", "name": "keydb" })),
        Step("apps.list", "", json!({})),
        Step("auth.list", "", json!({})),
        Step("databases.list", "", json!({})),
        Step("apps.get", "image", json!({})),
        Step("apps.get", "compose", json!({})),
        Step("auth.get", "auth", json!({})),
        Step("databases.get", "db", json!({})),
        Step("apps.update", "image", json!({ "patch": { "name": "renamed" } })),
        Step("apps.update", "image", json!({ "patch": { "description": "A site" } })),
        Step("apps.domains.set", "image", json!({ "domains": ["new.mark.vibnai.com"] })),
        Step("apps.domains.set", "compose", json!({ "domains": ["crm.mark.vibnai.com"] })),
        Step("apps.envs.list", "image", json!({})),
        Step("apps.envs.upsert", "image", json!({ "envs": [env] })),
        Step("apps.envs.delete", "image", json!({ "key": "A" })),
        Step("apps.deploy", "image", json!({})),
        Step("apps.deployments", "image", json!({})),
        Step("apps.control", "image", json!({ "action": "restart" })),
        Step("apps.control", "image", json!({ "action": "start" })),
        Step("databases.control", "db", json!({ "action": "stop" })),
    ]
}

/// Calls each tool once, after everything that is remembered for long was fetched, and returns the cost of each call.
///
/// # Panics
///
/// If a call fails.
#[boxed]
pub async fn costs(world: &World) -> Vec<Cost> {
    let agent = world.mark.agent.clone();
    let repo = repository(&agent, "site-code").await;
    let first = json!({ "repo": repo, "name": "first" });
    agent.compact("apps.create", &first).await.expect("an app");
    let (mut uuids, mut costs) = (HashMap::new(), Vec::new());
    for Step(tool, of, mut params) in steps(&repo) {
        if let Some(uuid) = uuids.get(of) {
            params["uuid"] = Value::clone(uuid);
        }
        // The resources of earlier steps have started, so that their containers are known.
        world.coolify.advance(STARTED);
        until_deployed(world).await;
        world.coolify.clear_requests();
        let begun = Instant::now();
        let answer = agent.compact(tool, &params).await.expect(tool);
        let time = begun.elapsed();
        let calls = received_calls(world, Upstream::Coolify).into_iter();
        let calls = calls.map(|call| format!("{} {}", call.method, call.path)).collect();
        let requests = world.coolify.requests();
        let own = requests.iter().filter(|request| !request.path.contains("/servers/"));
        let bytes = own.filter_map(|request| request.bytes).sum();
        costs.push(Cost { tool, of, calls, bytes, time });
        if tool.ends_with(".create") {
            uuids.insert(of, answer["uuid"].clone());
        }
    }
    costs
}

/// Waits until no deployment is in progress: deployments of repositories run git, which does not depend on the
/// simulator's clock.
pub async fn until_deployed(world: &World) {
    let operator = world.operator();
    while !operator.coolify_list("/deployments").await.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
