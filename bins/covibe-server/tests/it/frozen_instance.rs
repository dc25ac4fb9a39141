//! A frozen instance does not hold up the others on the same database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit_http::{Agent, Options, World};
use serde_json::json;
use tokio::time::timeout;

use crate::server_process::Server;

/// A time limit that only ends a test that hangs. A session that is idle within a transaction loses its locks
/// after 10 seconds.
const SOON: Duration = Duration::from_secs(30);

async fn change(agent: &Agent) -> u16 {
    let body = json!({ "name": "plan", "kind": "prd" });
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    agent.json("POST", &path, &body).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn another_instance_can_change_a_workspace_while_the_first_is_frozen() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let (frozen, other) = (Server::start(&world), Server::start(&world));
    let changed = Arc::new(AtomicUsize::new(0));
    let load: Vec<_> = (0..4)
        .map(|_| {
            let (agent, changed) = (frozen.agent(&world.mark), Arc::clone(&changed));
            tokio::spawn(async move {
                loop {
                    change(&agent).await;
                    changed.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    // It is stopped in the midst of something.
    while changed.load(Ordering::Relaxed) < 20 {
        tokio::task::yield_now().await;
    }
    frozen.signal("STOP");
    let agent = other.agent(&world.mark);
    let again = async { while change(&agent).await != 201 {} };
    timeout(SOON, again).await.expect("a change");
    for task in load {
        task.abort();
    }
    frozen.kill();
}
