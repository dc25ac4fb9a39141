//! What the audit says of calls.

use std::time::Duration;

use covibe_store::AuditRecord;
use covibe_testkit::{Member, World};
use serde_json::json;

use crate::journey::Walk;
use crate::support::{Estate, Via, everything, samples};

/// The workspace's entries, newest first.
async fn entries(world: &World, member: &Member) -> Vec<AuditRecord> {
    let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&member.record.id, 10_000).await.expect("the audit");
    tx.commit().await.expect("an end");
    entries
}

/// The same once so many calls have ended as `counts` says: reads are written in groups, a moment
/// after their answer.
async fn until(
    world: &World,
    member: &Member,
    calls: usize,
    counts: fn(&AuditRecord) -> bool,
) -> Vec<AuditRecord> {
    for _ in 0..200 {
        let entries = entries(world, member).await;
        if entries.iter().filter(|entry| counts(entry)).count() >= calls {
            return entries;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there are fewer than {calls}: {:#?}", entries(world, member).await);
}

fn has_ended(entry: &AuditRecord) -> bool {
    entry.outcome != "started"
}

fn is_denied(entry: &AuditRecord) -> bool {
    ["forbidden", "not_found"].contains(&entry.outcome.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_journey_leaves_an_entry() {
    let world = World::embedded().await;
    for (via, member) in [(Via::Rest, &world.mark), (Via::Modern, &world.justine)] {
        let mut walk = Walk::new(&world, member, via);
        let (app, _) = walk.build().await;
        walk.stumble(&app).await;
        // One more than the walk's: the repository was made with credentials of its own.
        let entries = until(&world, member, walk.calls.get() + 1, has_ended).await;
        for (name, status, _) in &walk.told {
            let outcome = |entry: &&AuditRecord| (entry.outcome == "ok") == (*status == 200);
            let found = entries
                .iter()
                .filter(|entry| has_ended(entry) && entry.tool == *name)
                .find(outcome);
            let found = found.unwrap_or_else(|| panic!("{name} {status} has no entry"));
            if *name != "gitea.credentials" {
                assert_eq!(found.surface, via.in_audit(), "{name}");
            }
        }
        let app = app.as_str().expect("a text");
        assert!(entries.iter().any(|entry| entry.resource.as_deref() == Some(app)));
        assert!(entries.iter().all(|entry| entry.key.is_some() && entry.params_digest.len() == 64));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_written_before_their_answer() {
    let world = World::embedded().await;
    let mut mark = Estate::of(&world, &world.mark, "a").await;
    for (number, (tool, via)) in everything(&world).into_iter().enumerate() {
        if !tool.spec.access.changes() {
            continue;
        }
        if tool.spec.access == covibe_policy::Access::Destroy {
            mark = Estate::of(&world, &world.mark, &format!("lot{number}")).await;
        }
        let before = entries(&world, &world.mark).await.len();
        let params = samples::params(&tool, &mark, &format!("sample-{number}"));
        via.call(&mark.agent, &tool, &params).await.result(tool.spec.name);
        let now = entries(&world, &world.mark).await;
        let fresh: Vec<_> = now.iter().take(now.len() - before).collect();
        let outcome = |word: &str| {
            fresh.iter().any(|entry| entry.tool == tool.spec.name && entry.outcome == word)
        };
        assert!(outcome("started") && outcome("ok"), "{} by {via:?}: {fresh:?}", tool.spec.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_calls_are_in_it() {
    let world = World::embedded().await;
    let mark = Estate::of(&world, &world.mark, "a").await;
    let justine = Estate::of(&world, &world.justine, "a").await;
    let mut denied = 0;
    for (tool, via) in everything(&world) {
        if samples::id_parameter(&tool).is_some() {
            let id = samples::id_in(&tool, &justine);
            via.call(&mark.agent, &tool, &samples::params_with_id(&tool, &mark, id)).await;
            denied += 1;
        }
        if via == Via::Rest && tool.spec.route.full_path().contains("{slug}") {
            let params = samples::params(&tool, &mark, "never-made");
            via.call(&mark.agent.with_slug("justine"), &tool, &params).await;
            denied += 1;
        }
    }
    let now = until(&world, &world.mark, denied, is_denied).await;
    assert_eq!(now.iter().filter(|entry| is_denied(entry)).count(), denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_of_a_parameter_is_in_it() {
    let world = World::embedded().await;
    let mark = Estate::of(&world, &world.mark, "a").await;
    let marker = "sEcReT-marker-7f3a";
    for params in [
        json!({ "uuid": mark.app, "key": "TOKEN", "value": marker }),
        json!({ "uuid": mark.app, "key": marker, "value": marker }),
        json!({ "uuid": mark.app, "envs": [{ "key": "TOKEN", "value": marker }] }),
        json!({ "uuid": mark.app, marker: marker }),
    ] {
        let _outcome = mark.agent.compact("apps.envs.upsert", &params).await;
    }
    let credentials =
        json!({ "type": "mysql", "name": "safe", "credentials": { "password": marker } });
    let _outcome = mark.agent.compact("databases.create", &credentials).await;
    let _outcome = mark.agent.compact(marker, &json!({})).await;
    let upserts = |entry: &AuditRecord| has_ended(entry) && entry.tool == "apps.envs.upsert";
    // The estate's own, and the four.
    let entries = until(&world, &world.mark, 5, upserts).await;
    assert!(!format!("{entries:?}").contains(marker));
}
