//! Measures the calls and bytes of a server at its upstreams beside the workspaces of others, for `cargo xtask bench --scale`.
//!
//! Prints one JSON object: calls, bytes and time of each step alone and beside thousands of workspaces.

use covibe_testkit_http::World;
use covibe_testkit_http::cost_beside_others::{self, Step};
use serde_json::{Value, json};

use super::Outcome;

/// The workspaces of others, each with a project, a key, an app and a domain at Coolify, and a bot with an organisation at
/// Gitea.
const WORKSPACES: usize = 10_000;

/// Takes the steps in both worlds.
pub(super) async fn take() -> Outcome<Value> {
    let (alone, beside) = (steps(0).await?, steps(WORKSPACES).await?);
    let pairs = alone.iter().zip(&beside);
    let steps: Vec<_> = pairs.map(|(alone, beside)| step_json(alone, beside)).collect();
    Ok(json!({ "workspaces": WORKSPACES, "steps": steps }))
}

async fn steps(workspaces: usize) -> Outcome<Vec<Step>> {
    let world =
        World::start(cost_beside_others::beside(workspaces)).await.ok_or("SQLite is built in")?;
    let steps = cost_beside_others::steps(&world).await;
    world.stop().await;
    Ok(steps)
}

fn step_json(alone: &Step, beside: &Step) -> Value {
    let millis = |step: &Step| step.time.as_secs_f64() * 1e3;
    json!({
        "name": alone.name,
        "calls": [alone.calls.len(), beside.calls.len()],
        "same": alone.calls == beside.calls,
        "bytes": [alone.bytes, beside.bytes],
        "millis": [millis(alone), millis(beside)],
    })
}
