//! `kill -9` at each upstream call of provisioning and of rotation: another process finishes it.
//!
//! The processes keep their own times, fifteen seconds of lease among them: all are killed first,
//! each at another workspace, and then finished together.

use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit_http::git::{clones, repository};
use covibe_testkit_http::upstream_calls::{all_received, clear, disarm, wait_for_call};
use covibe_testkit_http::{Agent, AgentAnswer, Member, Options, UpstreamCall, World, invariants};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::server_process::Server;

/// The number of workspaces that the process finishes at once: it may have only so many calls to
/// Coolify at once.
const TOGETHER: usize = 3;

async fn provision(agent: &Agent, wants: &Value) -> AgentAnswer {
    agent.json("POST", &format!("/api/workspaces/{}/provision", agent.slug), wants).await
}

/// A workspace at which a process was killed.
struct Victim {
    member: Member,
    /// An application that clones with the bot's token, where it has one.
    app: Option<String>,
    what: String,
}

/// Lets a process begin, and kills it while it waits for the answer to this call.
async fn kill_at(world: &World, member: &Member, wants: &Value, call: &UpstreamCall) {
    clear(world);
    call.arm(world, Fault::new(Name::Hang).times(u32::MAX), call.earlier);
    let server = Server::start(world);
    let (agent, wants) = (server.agent(member), wants.clone());
    // Its answer never comes: the connection goes with the process.
    let mut asking = tokio::spawn(async move { provision(&agent, &wants).await });
    tokio::select! {
        () = wait_for_call(world, call, |_| true) => {}
        answered = &mut asking => panic!("it ended before {call:?}: {answered:?}"),
    }
    server.kill();
    asking.await.expect_err("it was killed");
    disarm(world);
}

/// Lets another process finish all of them, and checks that everything exists once.
async fn finish(world: &World, victims: &[Victim]) {
    let server = Server::start(world);
    for together in victims.chunks(TOGETHER) {
        let runs = together.iter().map(async |victim| {
            let answer = provision(&server.agent(&victim.member), &json!({})).await;
            assert_eq!(answer.status, 200, "{}: {}", victim.what, answer.text);
        });
        join_all(runs).await;
    }
    server.kill();
    for victim in victims {
        assert_cloned(world, victim).await;
        invariants(world, &victim.member.record, &victim.what).await;
    }
}

/// Its application works, at every moment.
async fn assert_cloned(world: &World, victim: &Victim) {
    if let Some(app) = &victim.app {
        let path = format!("/applications/{app}");
        let told = world.operator().coolify("GET", &path, &Value::Null).await;
        let url = told["git_repository"].as_str().expect("a URL");
        assert!(clones(url).await, "{}: its app can't be cloned", victim.what);
    }
}

async fn world(backend: Backend) -> Option<World> {
    World::start(Options { backend, ..Options::default() }).await
}

/// The calls that change something in a run without faults, on a server without caches. A process that
/// is killed while it reads leaves the same state as one that is killed after the change before.
async fn record_changes(world: &mut World, wants: &Value, is_new: bool) -> Vec<UpstreamCall> {
    let victim = if is_new {
        found_workspace(world, "site-recorded").await
    } else {
        running(world, 0).await
    };
    world.restart().await;
    let agent = victim.member.agent.reconnected();
    clear(world);
    let answer = provision(&agent, wants).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut calls = all_received(world);
    calls.retain(|call| !call.only_reads());
    calls
}

async fn found_workspace(world: &World, slug: &str) -> Victim {
    Victim { member: world.new_workspace(slug).await, app: None, what: String::new() }
}

/// A workspace that is ready, with an application.
async fn running(world: &World, number: usize) -> Victim {
    let member = world.new_workspace(&format!("site-runs{number}")).await;
    assert_eq!(provision(&member.agent, &json!({})).await.status, 200);
    let repo = repository(&member.agent, &format!("site-code{number}")).await;
    let app = json!({ "repo": repo, "name": format!("site-app{number}"), "instantDeploy": false });
    let app = member.agent.compact("apps.create", &app).await.expect("an app");
    let app = Some(app["uuid"].as_str().expect("a uuid").to_owned());
    Victim { member, app, what: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_provisioning_is_finished_by_another_process() {
    let mut world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let calls = record_changes(&mut world, &json!({}), true).await;
    assert!(calls.len() > 8, "{calls:?}");
    let mut victims = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        let victim = found_workspace(&world, &format!("site{number}")).await;
        kill_at(&world, &victim.member, &json!({}), call).await;
        victims.push(Victim { what: format!("{call:?}"), ..victim });
    }
    finish(&world, &victims).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_rotation_is_finished_by_another_process() {
    let mut world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let wants = json!({ "rotate": ["pat", "clone", "keypair"] });
    let calls = record_changes(&mut world, &wants, false).await;
    assert!(calls.len() > 8, "{calls:?}");
    let mut victims = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        let victim = running(&world, number + 1).await;
        kill_at(&world, &victim.member, &wants, call).await;
        let victim = Victim { what: format!("{call:?}"), ..victim };
        assert_cloned(&world, &victim).await;
        victims.push(victim);
    }
    finish(&world, &victims).await;
    world.stop().await;
}

/// On PostgreSQL the lease, and the count of Coolify's calls, are what the processes share.
#[tokio::test(flavor = "multi_thread")]
async fn provisioning_killed_on_postgres_is_finished_by_another_process() {
    let Some(mut world) = world(Backend::Postgres).await else { return };
    let calls = record_changes(&mut world, &json!({}), true).await;
    let makes = |upstream, path: &str| {
        let is_it = |call: &&UpstreamCall| {
            call.upstream == upstream && call.method == "POST" && call.path == path
        };
        calls.iter().find(is_it).cloned().expect("a call of every run")
    };
    let moments = [
        makes(covibe_testkit_http::Upstream::Gitea, "/users/*/tokens$"),
        makes(covibe_testkit_http::Upstream::Coolify, "/security/keys$"),
        makes(covibe_testkit_http::Upstream::Coolify, "/projects$"),
    ];
    let mut victims = Vec::new();
    for (number, call) in moments.iter().enumerate() {
        let victim = found_workspace(&world, &format!("site{number}")).await;
        kill_at(&world, &victim.member, &json!({}), call).await;
        victims.push(Victim { what: format!("{call:?}"), ..victim });
    }
    finish(&world, &victims).await;
    world.stop().await;
}
