//! Databases: made with what was asked for, changed by what is told, deleted by name.

mod create;
mod delete;
mod memory_limits;
mod public_ports;
mod public_proxies;
mod unlisted_databases;
mod update;

use covibe_testkit::World;
use serde_json::{Value, json};

use crate::support::{CallStyle, call, expect_success};

/// A call that must be refused with this status; what is told of it.
async fn call_refused(
    world: &World,
    via: CallStyle,
    name: &str,
    params: &Value,
    status: u16,
) -> Value {
    let told = call(world, via, name, params).await;
    assert_eq!(told.status, status, "{name} {params}: {}", told.answer.text);
    assert!(told.failure()["hint"].is_string(), "{name} {params}: {}", told.answer.text);
    told.failure()
}

/// A PostgreSQL of this name.
async fn postgres(world: &World, name: &str) -> Value {
    let params = json!({ "type": "postgresql", "name": name });
    expect_success(world, CallStyle::Tool, "databases.create", &params).await
}

/// Returns the number of changes that were requested of Coolify.
fn writes(world: &World) -> usize {
    world.coolify.requests().iter().filter(|request| request.method != "GET").count()
}
