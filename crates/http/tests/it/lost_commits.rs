//! PostgreSQL's connection is lost while it commits: no answer says that nothing was changed when something was.

use std::collections::BTreeSet;
use std::iter::repeat_n;
use std::time::Duration;

use covibe_domain::{Failure, Kind};
use covibe_store::{AuditRecord, Backend, Store};
use covibe_testkit_http::{Location, Loss, Options, Process, Relay, World};
use serde_json::{Value, json};

use crate::audit::{entries, until};
use crate::support::workspace_resources::fresh_key;

/// The number of repetitions of each change.
const ROUNDS: usize = 24;

/// A world on PostgreSQL, a process whose connections lead through a relay, and that relay.
async fn relayed_world() -> Option<(World, Process, Relay)> {
    let audit_timeout = Duration::from_millis(1500);
    let options = Options { backend: Backend::Postgres, ..Options::default() }
        .with_settings(|it| it.audit_timeout = audit_timeout);
    let world = World::start(options).await?;
    let Location::Server(database) = world.location() else { panic!("it is PostgreSQL") };
    let relay = Relay::start(&database.runtime_url);
    let store = Store::postgres(&relay.url(&database.runtime_url)).await.expect("a store");
    let process = world.process_on(store);
    Some((world, process, relay))
}

/// The names of the projects and of the keys that are not revoked, past the relay.
async fn present(world: &World) -> BTreeSet<String> {
    let mut tx = world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
    let workspace = &world.mark.record.id;
    let projects = tx.projects(workspace, None, 1_000_000).await.expect("projects");
    let keys = tx.keys(workspace).await.expect("keys");
    tx.commit().await.expect("an end");
    let projects = projects.expect("a page").projects.into_iter().map(|project| project.name);
    projects.chain(keys.into_iter().map(|key| key.id.to_string())).collect()
}

/// Makes a change and checks that its answer is true of what exists then, which `made` returns.
async fn change(
    (world, process): (&World, &Process),
    tool: &str,
    params: Value,
    made: impl FnOnce(&BTreeSet<String>, &BTreeSet<String>) -> bool,
) -> Option<Failure> {
    let before = present(world).await;
    let answer = process.call(&world.mark, tool, params).await;
    let is_made = made(&before, &present(world).await);
    match answer {
        Ok(_) => assert!(is_made, "{tool} was answered"),
        Err(failure) => {
            assert_eq!(failure.kind, Kind::Unready, "{failure:?}");
            assert!(failure.is_in_doubt() || !is_made, "{tool} was made: {failure:?}");
            return Some(failure);
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn no_committed_change_is_reported_as_failed_after_lost_commits() {
    let Some((world, process, relay)) = relayed_world().await else { return };
    let mut keys = Vec::new();
    for _ in 0..ROUNDS {
        keys.push(fresh_key(&world.mark.agent).await["id"].as_str().expect("an id").to_owned());
    }
    let losses = [None, Some(Loss::Answer), Some(Loss::Commit), None, Some(Loss::Answer)];
    relay.lose(losses.into_iter().cycle());
    let at = (&world, &process);
    let (mut failures, mut made) = (Vec::new(), 0);
    for (number, key) in keys.iter().enumerate() {
        let name = format!("plan {number}");
        let project = json!({ "name": name, "kind": "prd" });
        let failed = change(at, "projects.create", project, |_, now| now.contains(&name)).await;
        made += usize::from(failed.is_none());
        failures.extend(failed);
        let is_longer = |then: &BTreeSet<_>, now: &BTreeSet<_>| now.len() > then.len();
        failures.extend(change(at, "keys.mint", json!({ "name": "probe" }), is_longer).await);
        let is_gone = |_: &BTreeSet<_>, now: &BTreeSet<_>| !now.contains(key);
        failures.extend(change(at, "keys.revoke", json!({ "keyId": key }), is_gone).await);
    }
    assert!(relay.lost_commits() > ROUNDS, "{}", relay.lost_commits());
    assert!(!failures.is_empty() && made > 0);
    assert!(!failures.iter().any(Failure::is_in_doubt), "PostgreSQL knew: {failures:?}");
    process.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    let ended = |outcome: &str| {
        let is_one = |it: &&AuditRecord| it.tool == "projects.create" && it.outcome == outcome;
        entries.iter().filter(is_one).count()
    };
    assert_eq!((ended("ok"), ended("unready")), (made, ROUNDS - made));
}

/// Neither is a change whose outcome PostgreSQL does not report, because it is away.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_commit_outcome_is_unknown_is_reported_in_doubt() {
    let Some((world, process, relay)) = relayed_world().await else { return };
    process.call(&world.mark, "projects.list", json!({})).await.expect("a list");
    relay.lose([Some(Loss::Server)]);
    let project = json!({ "name": "plan", "kind": "prd" });
    let failed = process.call(&world.mark, "projects.create", project).await;
    let failure = failed.expect_err("nobody knows");
    let body = failure.body();
    assert_eq!(body["details"]["mayHaveHappened"], true, "{body}");
    assert!(body["hint"].as_str().is_some_and(|hint| hint.contains("repeat it only if")), "{body}");
    assert!(present(&world).await.contains("plan"));
    relay.speak_again();
    let is_end = |it: &AuditRecord| it.tool == "projects.create" && it.outcome != "started";
    let entries = until(&world, &world.mark, 1, is_end).await;
    let outcomes: Vec<_> = entries.iter().filter(|it| is_end(it)).map(|it| &it.outcome).collect();
    assert_eq!(outcomes, ["unknown"]);
}

/// Loses something of one COMMIT only: that after so many others.
fn lose_one(relay: &Relay, after: usize, loss: Loss) {
    relay.lose(repeat_n(None, after).chain([Some(loss)]));
}

/// The names of the databases, as the process lists them that made them.
async fn databases(world: &World, process: &Process) -> Vec<String> {
    let listed = loop {
        match process.call(&world.mark, "databases.list", json!({})).await {
            Ok(listed) => break listed,
            // The lost COMMIT was the count of the rate budget: callers are turned away for a second.
            Err(failure) => tokio::time::sleep(failure.retry_after.expect("a wait")).await,
        }
    };
    let databases = listed["databases"].as_array().expect("databases").iter();
    databases.map(|database| database["name"].as_str().expect("a name").to_owned()).collect()
}

/// A creation writes into its journal before and after its requests to Coolify: each of these COMMITs is lost once.
#[tokio::test(flavor = "multi_thread")]
async fn no_created_database_is_reported_as_not_created_after_lost_commits() {
    let Some((world, process, relay)) = relayed_world().await else { return };
    let mut lost = 0;
    for (number, loss) in (0..4).flat_map(|at| [(at, Loss::Answer), (at, Loss::Commit)]) {
        let name = format!("store-{number}-{loss:?}").to_lowercase();
        let params = json!({ "type": "redis", "name": name });
        lose_one(&relay, number, loss);
        let answer = process.call(&world.mark, "databases.create", params).await;
        lost += usize::from(relay.lost_commits() > lost);
        relay.lose([]);
        let is_made = databases(&world, &process).await.contains(&name);
        match answer {
            Ok(_) => assert!(is_made, "{name} was answered"),
            Err(failure) => {
                assert!(failure.is_in_doubt() || !is_made, "{name} was made: {failure:?}");
            }
        }
    }
    assert!(lost >= 4, "{lost}");
}

/// Nobody waits for a lease that a lost COMMIT may have taken or kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_provisioned_again_at_once_after_a_lost_commit() {
    let Some((world, process, relay)) = relayed_world().await else { return };
    for (number, loss) in (0..6).flat_map(|at| [(at, Loss::Answer), (at, Loss::Commit)]) {
        lose_one(&relay, number, loss);
        let first = process.call(&world.mark, "workspace.provision", json!({ "rotate": ["pat"] }));
        let first = first.await;
        relay.lose([]);
        let again = process.call(&world.mark, "workspace.provision", json!({})).await;
        assert!(again.is_ok(), "{loss:?} after {number}: {first:?}, then {again:?}");
    }
}
