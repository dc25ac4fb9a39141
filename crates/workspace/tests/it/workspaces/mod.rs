//! Workspaces: founded, provisioned, rotated and taken back, whatever happens meanwhile.

mod bot_role;
mod concurrent_runs;
mod creation;
mod docker_networks;
mod gitea_settings;
mod half_done;
mod interrupted_moves;
mod model;
mod name_squatting;
mod push_webhook;
mod repeated_calls;
mod rollback;
mod rollback_storage;
mod rotation;
mod run_leases;
mod run_recovery;
mod squatters_git;
mod swapped_names;

use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit::{Agent, AgentAnswer, Member, Options, World, upstream_calls};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Short times: what is broken off is taken over soon.
fn options(backend: Backend) -> Options {
    Options { backend, attempt: Duration::from_secs(2), ..Options::default() }
        .with_deadline(LONG)
        .with_settings(|it| {
            it.late = Duration::from_millis(200);
            it.lease = Duration::from_millis(300);
            it.settle = Duration::from_millis(100);
        })
}

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// No attempt and no lease ends while a run is held.
fn patient_options(backend: Backend) -> Options {
    Options { attempt: LONG, ..options(backend) }.with_settings(|it| it.lease = LONG)
}

/// Counts the calls to provision the workspace that have begun.
async fn provisions(world: &World, member: &Member) -> usize {
    let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&member.record.id, 1_000).await.expect("the audit");
    tx.commit().await.expect("a commit");
    let starts = entries.iter().map(|entry| (entry.tool.as_str(), entry.outcome.as_str()));
    starts.filter(|start| *start == ("workspace.provision", "started")).count()
}

/// Waits until that many calls to provision the workspace have begun.
async fn wait_for_provisions(world: &World, member: &Member, calls: usize) {
    while provisions(world, member).await < calls {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // From the entry it is a moment to the look at the run.
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// A world on SQLite with those times.
async fn quick_world() -> World {
    World::start(options(Backend::Sqlite)).await.expect("SQLite is built in")
}

/// Runs a test on each database that there is.
async fn on_each_database(test: impl AsyncFn(&World)) {
    on_each_database_with(options, test).await;
}

/// The same with other options.
async fn on_each_database_with(options: fn(Backend) -> Options, test: impl AsyncFn(&World)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(options(backend)).await else { continue };
        test(&world).await;
        world.stop().await;
    }
}

/// A call of `POST …/provision`.
async fn provision(agent: &Agent) -> AgentAnswer {
    provision_with(agent, &json!({})).await
}

/// The same with something to replace.
async fn provision_with(agent: &Agent, wants: &Value) -> AgentAnswer {
    agent.json("POST", &format!("/api/workspaces/{}/provision", agent.slug), wants).await
}

/// The same, which must end in `ready`.
async fn provision_to_ready(agent: &Agent, what: &str) -> Value {
    rotate_to_ready(agent, &json!({}), what).await
}

/// A rotation, which must end in `ready`.
async fn rotate_to_ready(agent: &Agent, wants: &Value, what: &str) -> Value {
    let mut answer = provision_with(agent, wants).await;
    // On a busy machine a run outlasts its call; the next call waits for it.
    for _ in 0..3 {
        if answer.status == 504 {
            answer = provision(agent).await;
        }
    }
    assert_eq!(answer.status, 200, "{what}: {}", answer.text);
    assert_eq!(answer.json()["provisionStatus"], "ready", "{what}: {}", answer.text);
    answer.json()
}

/// Returns the description of the workspace at this moment.
async fn describe_workspace(agent: &Agent) -> Value {
    let path = format!("/api/workspaces/{}", agent.slug);
    let answer = agent.send("GET", &path, &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// Has a server of its own provision, and kills it as soon as it waits for the answer to this
/// call; all that a process has is on its runtime, and dies with it.
fn kill_at_call(
    world: &World,
    member: &Member,
    wants: &Value,
    call: &upstream_calls::UpstreamCall,
) {
    let fault = covibe_sandbox::faults::Fault::new(covibe_sandbox::faults::Name::Hang);
    upstream_calls::clear(world);
    call.arm(world, fault.times(u32::MAX), call.earlier);
    let ended = kill_during(world, member, wants, async |world| {
        upstream_calls::wait_for_call(world, call, |_| true).await;
    });
    assert!(!ended, "it ended before {call:?}");
    upstream_calls::disarm(world);
}

/// The same as soon as `moment` comes; whether it had ended before.
fn kill_during(
    world: &World,
    member: &Member,
    wants: &Value,
    moment: impl AsyncFnOnce(&World) + Send,
) -> bool {
    let begin = || {
        let runtime = Runtime::new().expect("a runtime");
        let ended = runtime.block_on(async {
            let process = world.process().await;
            let call = process.call(member, "workspace.provision", wants.clone());
            tokio::select! {
                _ended = call => true,
                () = moment(world) => false,
            }
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
        ended
    };
    let killed =
        tokio::task::block_in_place(|| std::thread::scope(|scope| scope.spawn(begin).join()));
    killed.expect("a killed server")
}
