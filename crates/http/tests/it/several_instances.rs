//! Several servers on one PostgreSQL behave as one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use covibe_domain::names;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::{coolify, gitea};
use covibe_store::{Backend, WorkspaceRecord};
use covibe_testkit_http::{Agent, AgentAnswer, Instance, Options, World};
use covibe_testkit_http::{mint, new_workspace};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};

use crate::support::workspace_resources::fresh_key;

async fn on_postgres(options: Options) -> Option<World> {
    World::start(Options { backend: Backend::Postgres, ..options }).await
}

async fn works(agent: &Agent) -> bool {
    let answer = agent.compact_raw("workspace.describe", &json!({})).await;
    assert!(matches!(answer.status, 200 | 401), "{}", answer.text);
    answer.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_works_on_other_instances_until_two_seconds_after_its_revocation() {
    let Some(world) = on_postgres(Options::default()).await else { return };
    let other = world.instance();
    for _ in 0..3 {
        let minted = fresh_key(&world.mark.agent).await;
        let holder = other.agent(&world.mark).with_key(minted["token"].as_str());
        assert!(works(&holder).await, "at once");
        let path = format!("/api/workspaces/mark/keys/{}", minted["id"].as_str().expect("an id"));
        assert_eq!(world.mark.agent.send("DELETE", &path, &[], None).await.status, 200);
        let revoked = Instant::now();
        // In use all the time, so that it is remembered as long as it can be.
        loop {
            // Only a call that is sent within two seconds may succeed, whenever its answer comes.
            let sent = revoked.elapsed();
            if !works(&holder).await {
                break;
            }
            assert!(sent < Duration::from_secs(2), "it works still");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for _ in 0..20 {
            assert!(!works(&holder).await, "it works again");
        }
    }
}

/// A workspace that has nothing yet, and its agent.
async fn fresh_workspace(world: &World, on: &Instance, slug: &str) -> (WorkspaceRecord, Agent) {
    let record = new_workspace(&on.process.platform, slug).await;
    let key = mint(&world.identity, &record).await;
    let agent = Agent::new(&world.mark.agent.origin, slug, Some(key));
    (record, agent)
}

/// A call that sets the workspace up, at an instance of this origin.
fn provision(agent: &Agent, origin: &str) -> JoinHandle<AgentAnswer> {
    let agent = Agent::new(origin, &agent.slug, agent.key.clone());
    tokio::spawn(async move {
        let path = format!("/api/workspaces/{}/provision", agent.slug);
        agent.json("POST", &path, &json!({})).await
    })
}

/// Waits until a request of this sort has come in.
async fn wait_for_request(world: &World, method: &str, path: &str) {
    let is_it = |request: &covibe_sandbox::Recorded| {
        request.method == method && request.path.ends_with(path)
    };
    for _ in 0..2000 {
        if world.coolify.requests().iter().any(is_it) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{method} {path} does not come");
}

/// Returns the number of the workspace's runs, by the entries of one stage.
async fn count_runs(world: &World, record: &WorkspaceRecord) -> usize {
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let entries = tx.audit(&record.id, 1000).await.expect("entries");
    tx.commit().await.expect("its end");
    entries.iter().filter(|entry| entry.tool == "provision.gitea_bot").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_provisioning_on_two_instances_shares_a_run_and_its_answer() {
    // On a busy machine, too, the first one is to keep its lease.
    let options = Options::default().with_settings(|it| it.lease = Duration::from_secs(5));
    let Some(world) = on_postgres(options).await else { return };
    let (one, two) = (world.instance(), world.instance());
    let (record, agent) = fresh_workspace(&world, &one, "site").await;
    world.coolify.clear_requests();
    let slow = Fault::new(Name::Delay).delay(Duration::from_millis(600));
    world.coolify.arm(slow.on("POST", "/projects$"));
    let first = provision(&agent, &one.origin);
    wait_for_request(&world, "POST", "/projects").await;
    let second = provision(&agent, &two.origin);
    let (first, second) = (first.await.expect("no panic"), second.await.expect("no panic"));
    assert_eq!((first.status, &first.json()["provisionStatus"]), (200, &json!("ready")));
    assert_eq!(first.json(), second.json());
    assert_eq!(count_runs(&world, &record).await, 1);
    let posts = world.coolify.requests().iter().filter(|each| each.method == "POST").count();
    assert_eq!(posts, 3, "a project, a destination and a key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_instance_takes_over_the_run_of_a_killed_instance() {
    let Some(world) = on_postgres(Options::default()).await else { return };
    let (one, two) = (world.instance(), world.instance());
    let (record, agent) = fresh_workspace(&world, &one, "site").await;
    world.coolify.clear_requests();
    world.coolify.arm(Fault::new(Name::Hang).on("POST", "/projects$"));
    // On the other's runtime: the connection to a killed server breaks.
    let first = provision(&agent, &one.origin);
    wait_for_request(&world, "POST", "/projects").await;
    let second = provision(&agent, &two.origin);
    tokio::time::sleep(Duration::from_millis(150)).await;
    first.abort();
    one.kill();
    let killed = Instant::now();
    let second = second.await.expect("no panic");
    assert_eq!((second.status, &second.json()["provisionStatus"]), (200, &json!("ready")));
    assert!(killed.elapsed() < Duration::from_secs(10), "{:?}", killed.elapsed());
    covibe_testkit_http::invariants(&world, &record, "taken over").await;
}

/// The number of calls that Coolify allows in a minute, which the two have to share.
const PER_MINUTE: u32 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_share_a_budget_of_calls_to_coolify() {
    let mut options = Options { per_minute: PER_MINUTE, ..Options::default() };
    options.coolify.budget_per_minute = Some(PER_MINUTE);
    let begun = Instant::now();
    let Some(world) = on_postgres(options).await else { return };
    let other = world.instance();
    world.coolify.clear_requests();
    let set_up = Instant::now();
    let mut load = JoinSet::new();
    for lane in 0..8 {
        load.spawn(ask_without_end(world.mark.agent.clone(), lane));
        load.spawn(ask_without_end(other.agent(&world.justine), lane));
    }
    tokio::time::sleep(Duration::from_secs(8)).await;
    load.shutdown().await;
    let requests = world.coolify.requests();
    assert!(requests.iter().all(|request| request.status != Some(429)));
    // As `coolify::Config::rate` shares it out: a quarter at once, the rest in the long run.
    let (burst, rate) = (f64::from(PER_MINUTE) / 4.0, f64::from(PER_MINUTE) * 0.75 / 60.0);
    let made = f64::from(u32::try_from(requests.len()).expect("a small number"));
    let most = burst + rate * begun.elapsed().as_secs_f64() + 1.0;
    let least = rate * set_up.elapsed().as_secs_f64() / 2.0;
    assert!(least <= made && made <= most, "{made} calls, not from {least} to {most}");
}

/// Requests apps that do not exist; each request costs a call.
async fn ask_without_end(agent: Agent, lane: u32) {
    for number in 0_u64.. {
        let uuid = format!("{lane:08}{number:016}");
        let answer = agent.compact_raw("apps.get", &json!({ "uuid": uuid })).await;
        assert!(matches!(answer.status, 404 | 429), "{}", answer.text);
        if answer.status == 429 {
            assert!(answer.headers.contains_key("retry-after"), "{}", answer.text);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The number of tenants, and that of the workspaces of each.
const TENANTS: usize = 10;
const WORKSPACES: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_found_a_hundred_workspaces_at_once() {
    let long = Duration::from_mins(2);
    let options = Options::default()
        .with_deadline(long)
        .with_settings(|it| it.lease = Duration::from_secs(10));
    let Some(world) = on_postgres(options).await else { return };
    let instances = [world.instance(), world.instance()];
    let (mut tenants, mut calls, mut resumed) = (Vec::new(), JoinSet::new(), 0);
    for number in 0..TENANTS {
        let slug = format!("site-{number}-0");
        let (record, agent) = fresh_workspace(&world, &instances[0], &slug).await;
        let member = covibe_testkit_http::Member { record, agent };
        let agent = world.tenants_agent(&member).await;
        for sibling in 0..WORKSPACES {
            let origin = &instances[(number + sibling) % 2].origin;
            let agent = Agent::new(origin, &slug, agent.key.clone());
            calls.spawn(found_workspace(agent, format!("site-{number}-{sibling}")));
        }
        tenants.push(member.record.tenant);
    }
    while let Some(answer) = calls.join_next().await {
        let (answer, is_resumed) = answer.expect("no panic");
        assert_eq!(answer.json()["provisionStatus"], "ready", "{}", answer.text);
        resumed += usize::from(is_resumed);
    }
    // On a busy machine a stage may not get its turn in time.
    assert!(resumed <= 5, "{resumed} workspaces");
    there_is_one_of_each(&world);
    for instance in &instances {
        instance.process.dispatcher.flush().await;
    }
    for tenant in &tenants {
        let verified = world.store.verify_audit(tenant).await.expect("a walk");
        assert_eq!(verified.problem, None);
        // Each call twice, and at least eight stages of it.
        assert!(verified.entries >= 10 * i64::try_from(WORKSPACES).expect("small"), "{verified:?}");
    }
}

/// The first workspace of a tenant is there already: founding it again goes on with it. Returns the answer, and whether
/// a second call had to resume what the first one left unfinished.
async fn found_workspace(agent: Agent, slug: String) -> (AgentAnswer, bool) {
    let found = async || agent.json("POST", "/api/workspaces", &json!({ "slug": slug })).await;
    let answer = found().await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    if answer.json()["provisionStatus"] == "ready" {
        return (answer, false);
    }
    (found().await, true)
}

fn there_is_one_of_each(world: &World) {
    let slugs = (0..TENANTS * WORKSPACES)
        .map(|number| format!("site-{}-{}", number / WORKSPACES, number % WORKSPACES));
    let slugs: Vec<covibe_domain::Slug> = slugs.map(|slug| slug.parse().expect("a slug")).collect();
    for (things, count, name) in [
        (
            world.gitea.names(gitea::Collection::Users),
            1,
            names::gitea_bot as fn(&covibe_domain::Slug) -> String,
        ),
        (world.gitea.names(gitea::Collection::Organisations), 1, names::gitea_org),
        (world.coolify.names(coolify::Collection::Projects), 1, names::coolify_project),
        (world.coolify.names(coolify::Collection::PrivateKeys), 1, names::coolify_project),
        // One for people, one for cloning.
        (owners(&world.gitea.names(gitea::Collection::Tokens)), 2, names::gitea_bot),
        (owners(&world.gitea.names(gitea::Collection::SshKeys)), 1, names::gitea_bot),
    ] {
        let ours: Vec<_> = things.iter().filter(|each| each.contains("site-")).collect();
        let wanted: BTreeSet<_> = slugs.iter().map(name).collect();
        assert_eq!(ours.len(), count * wanted.len(), "{ours:?}");
        assert_eq!(ours.into_iter().cloned().collect::<BTreeSet<_>>(), wanted);
    }
}

/// Returns the owners: the parts before `/`.
fn owners(names: &[String]) -> Vec<String> {
    names
        .iter()
        .filter_map(|name| name.split_once('/'))
        .map(|(owner, _)| owner.to_owned())
        .collect()
}
