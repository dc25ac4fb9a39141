//! The containers of a workspace's resources: their logs, commands in them, and their control.

mod commands;
mod compose_repositories;
mod concurrent_volume_removal;
mod control;
mod control_outcomes;
mod control_without_host;
mod deleting;
mod detached_commands;
mod foreign_containers;
mod image_labels;
mod listed_states;
mod log_following;
mod logs;
mod logs_by_coolify;
mod real_docker_engine;
mod rejected_images;
mod reported_states;
mod volume_removal;
mod volumes;

use std::time::Duration;

use covibe_sandbox::Simulator;
use covibe_sandbox::coolify::{Condition, Outcome};
use covibe_sandbox::docker::Arrangement;
use covibe_testkit::{AgentAnswer, Options, World};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::compact_envelope_calls::expect_success;

/// A compose app with three services.
const STACK: &str = "
services:
  web: {image: 'nginx:1.27', expose: ['80'], depends_on: [db]}
  worker: {image: 'node:22', command: [node, worker.js]}
  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: '${SERVICE_PASSWORD_DB}'}}
";

/// A world where the container of the app `site` ends by itself.
async fn world_of_a_crash() -> World {
    world_of(Condition::Exited).await
}

/// A sandbox whose next app of the name `site` ends up in a condition.
async fn world_of(condition: Condition) -> World {
    let options = Options::default();
    options.coolify.outcomes.next("site", Outcome::Finishes(condition));
    World::start(options).await.expect("SQLite is built in")
}

/// The uuid of a new compose app of mark's, whose containers run.
async fn stack(world: &World) -> String {
    let params = json!({ "composeRaw": STACK, "name": "stack", "composeService": "web" });
    started(world, "apps.create", params).await
}

/// The uuid of a new app of mark's with one container, which runs.
async fn image(world: &World, envs: Value) -> String {
    let params = json!({ "image": "nginx:1.27", "name": "site", "ports": "80", "envs": envs });
    started(world, "apps.create", params).await
}

async fn started(world: &World, with: &str, params: Value) -> String {
    let made = world.mark.agent.compact(with, &params).await.expect("it is created");
    // What runs is seen once Coolify's jobs have run.
    world.coolify.advance(Duration::from_mins(1));
    made["uuid"].as_str().expect("a uuid").to_owned()
}

/// A call of mark's that must fail.
async fn call_refused(world: &World, name: &str, params: Value) -> AgentAnswer {
    let answer = world.mark.agent.compact_raw(name, &params).await;
    assert!(answer.status >= 400, "{name} {params}: {}", answer.text);
    answer
}

/// Lets a server of its own begin, and kills it as soon as it waits for the answer to a call of a simulator.
fn kill(
    world: &World,
    (simulator, (method, path)): (&Simulator, (&str, &str)),
    tool: &str,
    params: &Value,
) {
    let hold = simulator.hold(method, path);
    let begin = || {
        let runtime = Runtime::new().expect("a runtime");
        let process = runtime.block_on(world.process());
        runtime.block_on(async {
            tokio::select! {
                ended = process.call(&world.mark, tool, params.clone()) => {
                    panic!("it ends before {method} {path}: {ended:?}");
                }
                () = hold.arrived() => {}
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
    };
    tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(begin).join()))
        .expect("a killed server");
}

/// Sets the behaviour of the programs of a resource's containers.
fn arrange(world: &World, of: &str, how: Arrangement) {
    let engine = world.docker.as_ref().expect("a docker host");
    engine.set(Arrangement { of: of.to_owned(), ..how });
}

/// The entry of a service.
fn service<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let services = answer["services"].as_array().expect("a list");
    services
        .iter()
        .find(|each| each["service"] == name)
        .unwrap_or_else(|| panic!("{name}: {answer}"))
}
