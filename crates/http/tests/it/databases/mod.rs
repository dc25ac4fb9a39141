//! Databases: made with what was asked for, changed by what is told, deleted by name.

mod create;
mod delete;
mod update;

use covibe_sandbox::coolify::Version;
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use crate::support::via::Told;
use crate::support::{Via, schema, tool};

/// A world on a release of Coolify.
async fn on(version: Version) -> World {
    let mut options = Options::default();
    options.coolify.version = version;
    World::start(options).await.expect("SQLite is built in")
}

/// A call of mark's; its answer must be as the operation's schema says.
async fn call(world: &World, via: Via, name: &str, params: &Value) -> Told {
    let tool = tool(world, name);
    let told = via.call(&world.mark.agent, &tool, params).await;
    if let Ok(answer) = &told.outcome {
        schema::assert_valid(&tool.output, answer, name);
    }
    told
}

/// A call that must succeed.
async fn done(world: &World, via: Via, name: &str, params: &Value) -> Value {
    call(world, via, name, params).await.result(&format!("{name} {params}"))
}

/// A call that must be refused with this status; what is told of it.
async fn refused(world: &World, via: Via, name: &str, params: &Value, status: u16) -> Value {
    let told = call(world, via, name, params).await;
    assert_eq!(told.status, status, "{name} {params}: {}", told.answer.text);
    assert!(told.failure()["hint"].is_string(), "{name} {params}: {}", told.answer.text);
    told.failure()
}

/// A PostgreSQL of this name.
async fn postgres(world: &World, name: &str) -> Value {
    let params = json!({ "type": "postgresql", "name": name });
    done(world, Via::Tool, "databases.create", &params).await
}

/// How often Coolify was asked to change something.
fn writes(world: &World) -> usize {
    world.coolify.requests().iter().filter(|request| request.method != "GET").count()
}
