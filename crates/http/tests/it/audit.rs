//! The entries of calls in the audit.

use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::{AuditEntry, AuditRecord, Backend};
use covibe_testkit_http::operation_costs::until_deployed;
use covibe_testkit_http::{Agent, Member, Options, World};
use serde_json::json;
use tokio::task::JoinSet;

use crate::journey::Walk;
use crate::support::workspace_resources::fresh_key;
use crate::support::{
    CallStyle, Estate, all_calls, calls_in_rotating_styles, parameter_samples, tool,
};

/// The workspace's entries, newest first.
pub(crate) async fn entries(world: &World, member: &Member) -> Vec<AuditRecord> {
    let mut tx = world.store.tenant_read(&member.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&member.record.id, 10_000).await.expect("the audit");
    tx.commit().await.expect("an end");
    entries
}

/// The same once so many calls have ended as `counts` says: reads are written in groups, a moment
/// after their answer.
pub(crate) async fn until(
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

/// A process was killed in the midst of a change.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_outcome_is_settled_by_the_next_process() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(mut world) = World::start(options).await else { continue };
        let hour = 3_600_000;
        let written = [
            entry(&world, "killed", "started", hour),
            entry(&world, "ended", "started", hour),
            entry(&world, "ended", "not_found", hour),
            entry(&world, "running", "started", 1),
        ];
        world.store.append_audit(&written).await.expect("entries");
        world.restart().await;
        world.mark.agent.compact("projects.list", &json!({})).await.expect("a list");
        let is_settled = |entry: &AuditRecord| entry.outcome == "unknown";
        let entries = until(&world, &world.mark, 1, is_settled).await;
        let settled: Vec<_> = entries.iter().filter(|it| is_settled(it)).collect();
        let [one] = settled[..] else { panic!("{settled:?}") };
        assert_eq!((one.call.as_str(), one.tool.as_str()), ("killed", "apps.create"));
        assert_eq!(one.resource.as_deref(), Some("shop"));
        world.stop().await;
    }
}

/// Returns the entry of a call that began so many milliseconds ago.
pub(crate) fn entry(world: &World, call: &str, outcome: &str, ago: i64) -> AuditEntry {
    AuditEntry {
        id: format!("aud_{call}_{outcome}"),
        tenant: world.mark.record.tenant.clone(),
        workspace: Some(world.mark.record.id.clone()),
        actor: None,
        access: None,
        call: call.to_owned(),
        tool: "apps.create".to_owned(),
        surface: "rest",
        outcome: outcome.to_owned(),
        resource: Some("shop".to_owned()),
        params_digest: String::new(),
        at: Timestamp::from_millis(Timestamp::now().as_millis() - ago),
        duration_ms: 0,
        repeats: None,
        detail: None,
    }
}

fn has_ended(entry: &AuditRecord) -> bool {
    entry.outcome != "started"
}

fn is_denied(entry: &AuditRecord) -> bool {
    ["forbidden", "not_found"].contains(&entry.outcome.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_journey_leaves_an_audit_entry() {
    let world = World::embedded().await;
    for (via, member) in [(CallStyle::Rest, &world.mark), (CallStyle::Modern, &world.justine)] {
        let mut walk = Walk::new(&world, member, via);
        let (app, _) = walk.build().await;
        walk.make_mistakes(&app).await;
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
        // Its provisioning was the server's own doing.
        let mut calls = entries.iter().filter(|entry| entry.surface != "server");
        assert!(calls.all(|entry| entry.actor.is_some() && entry.params_digest.len() == 64));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_audited_before_they_are_answered() {
    let world = World::embedded().await;
    let mut mark = Estate::create(&world, &world.mark, "a").await;
    let tenants = world.tenants_agent(&world.mark).await;
    // By one surface each: the audit is written below them.
    for (number, (tool, via)) in
        calls_in_rotating_styles(&world, &CallStyle::ALL).into_iter().enumerate()
    {
        // A workspace that was ready once is not taken back.
        if !tool.spec.access.changes() || tool.spec.name == "workspace.rollback" {
            continue;
        }
        // One that has begun can't be cancelled.
        until_deployed(&world).await;
        let before = entries(&world, &world.mark).await.len();
        let params = parameter_samples::params(&tool, &mark, &format!("sample-{number}"));
        let agent = if parameter_samples::is_for_tenants(&tool) { &tenants } else { &mark.agent };
        via.call(agent, &tool, &params).await.result(tool.spec.name);
        let now = entries(&world, &world.mark).await;
        let fresh: Vec<_> = now.iter().take(now.len() - before).collect();
        let outcome = |word: &str| {
            fresh.iter().any(|entry| entry.tool == tool.spec.name && entry.outcome == word)
        };
        assert!(outcome("started") && outcome("ok"), "{} by {via:?}: {fresh:?}", tool.spec.name);
        if tool.spec.access == covibe_domain::Access::Destroy {
            mark = Estate::create(&world, &world.mark, &format!("lot{number}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_calls_leave_an_audit_entry_each() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
    let justine = Estate::create(&world, &world.justine, "a").await;
    let mut denied = 0;
    for (tool, via) in all_calls(&world) {
        if parameter_samples::id_parameter(&tool).is_some() {
            let id = parameter_samples::id_in(&tool, &justine);
            via.call(&mark.agent, &tool, &parameter_samples::params_with_id(&tool, &mark, id))
                .await;
            denied += 1;
        }
        if via == CallStyle::Rest && tool.spec.route.full_path().contains("{slug}") {
            let params = parameter_samples::params(&tool, &mark, "never-made");
            via.call(&mark.agent.with_slug("justine"), &tool, &params).await;
            denied += 1;
        }
    }
    let now = until(&world, &world.mark, denied, is_denied).await;
    assert_eq!(now.iter().filter(|entry| is_denied(entry)).count(), denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_contains_no_parameter_values() {
    let world = World::embedded().await;
    let mark = Estate::create(&world, &world.mark, "a").await;
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
    // Where an id belongs, where a name does that is none, in place of a tool.
    let token = "0123456789abcdef0123456789abcdef01234567";
    for text in [marker, token] {
        let _outcome = mark.agent.compact("apps.get", &json!({ "uuid": text })).await;
        let _outcome = mark.agent.compact("apps.get", &json!({ "uuid": mark.app, text: 1 })).await;
        let _outcome = mark.agent.compact(text, &json!({})).await;
        let _outcome = mark.agent.mcp(text, &json!({})).await;
    }
    // All that came before the last of them is written with it.
    let unknown = |entry: &AuditRecord| entry.tool == "unknown" && entry.outcome == "not_found";
    let entries = until(&world, &world.mark, 4, unknown).await;
    assert!(entries.iter().filter(|entry| entry.tool == "apps.envs.upsert").count() >= 5);
    let text = format!("{entries:?}");
    assert!(!text.contains(marker) && !text.contains(token), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stage_of_provisioning_leaves_an_audit_entry() {
    let world = World::embedded().await;
    let fault = Fault::new(Name::Status).status(422).on("POST", "/projects$");
    world.coolify.arm(fault);
    let agent = world.tenants_agent(&world.mark).await;
    let made = agent.json("POST", "/api/workspaces", &json!({ "slug": "mark-two" })).await;
    assert_eq!((made.status, &made.json()["provisionStatus"]), (201, &json!("failed")));
    let again = agent.json("POST", "/api/workspaces", &json!({ "slug": "mark-two" })).await;
    assert_eq!(again.json()["provisionStatus"], "ready", "{}", again.text);
    let mut tx = world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
    let slug = "mark-two".parse().expect("a slug");
    let record = tx.workspace_by_slug(&slug).await.expect("a row").expect("the workspace");
    tx.commit().await.expect("its end");
    let member = Member { record, agent };
    let entries = entries(&world, &member).await;
    let outcomes = |stage: &str| -> Vec<&str> {
        let tool = format!("provision.{stage}");
        let of = entries.iter().rev().filter(|entry| entry.tool == tool);
        of.map(|entry| entry.outcome.as_str()).collect()
    };
    let steps = again.json()["steps"].as_array().cloned().expect("steps");
    assert!(steps.len() > 8, "{steps:?}");
    for step in steps.iter().map(|step| step["name"].as_str().expect("a name")) {
        let wanted: &[&str] = match step {
            "coolify_project" => &["rejected", "ok"],
            "coolify_environment"
            | "coolify_network"
            | "gitea_hook"
            | "app_clone_urls"
            | "old_tokens" => &["ok"],
            _ => &["ok", "ok"],
        };
        assert_eq!(outcomes(step), wanted, "{step}");
    }
    // On whose behalf, and for what.
    let stages = entries.iter().filter(|entry| entry.tool.starts_with("provision."));
    for entry in stages {
        assert!(entry.actor.is_some() && entry.surface == "rest", "{entry:?}");
        assert_eq!(entry.resource.as_deref(), Some("mark-two"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosed_credential_is_audited_before_it_is_returned() {
    let world = World::embedded().await;
    for (number, via) in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc, CallStyle::Modern]
        .into_iter()
        .enumerate()
    {
        let instance = world.instance();
        let agent = instance.agent(&world.mark);
        let credentials = tool(&world, "gitea.credentials");
        via.call(&agent, &credentials, &json!({})).await.result("credentials");
        instance.kill();
        let entries = entries(&world, &world.mark).await;
        let released = |entry: &&AuditRecord| {
            entry.tool == "gitea.credentials" && entry.outcome == "ok" && entry.actor.is_some()
        };
        assert_eq!(entries.iter().filter(released).count(), number + 1, "{via:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_calls_with_a_revoked_key_leave_a_single_audit_entry() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let key = fresh_key(agent).await;
    let id = key["id"].as_str().expect("a text");
    let revoked = agent.send("DELETE", &format!("/api/workspaces/mark/keys/{id}"), &[], None).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    let holder = agent.with_key(key["token"].as_str());
    for _ in 0..20 {
        for via in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc] {
            let told = via.call(&holder, &tool(&world, "apps.list"), &json!({})).await;
            assert_eq!(told.answer.status, 401);
        }
        let nobody = agent.with_key(Some(&format!("vibn_sk_{}", "A".repeat(43))));
        assert_eq!(nobody.compact_raw("apps.list", &json!({})).await.status, 401);
    }
    let denied = |entry: &AuditRecord| entry.tool == "authenticate";
    let entries = until(&world, &world.mark, 1, denied).await;
    let denied: Vec<_> = entries.iter().filter(|entry| denied(entry)).collect();
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert_eq!(denied[0].outcome, "unauthenticated");
    assert_eq!(denied[0].surface, "door");
    assert_eq!(denied[0].actor.as_ref().map(ToString::to_string).as_deref(), Some(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_chain_is_intact_after_load_on_two_servers() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let other = world.instance();
        let mut load = JoinSet::new();
        for member in [&world.mark, &world.justine] {
            for agent in [member.agent.clone(), other.agent(member)] {
                for lane in 0..4 {
                    load.spawn(read_and_write(agent.clone(), lane));
                }
            }
        }
        load.join_all().await;
        for dispatcher in [&world.dispatcher, &other.process.dispatcher] {
            dispatcher.flush().await;
        }
        for member in [&world.mark, &world.justine] {
            let rows = i64::try_from(entries(&world, member).await.len()).expect("a number");
            let verified = world.store.verify_audit(&member.record.tenant).await.expect("a walk");
            assert_eq!(verified.problem, None);
            assert_eq!(verified.entries, rows);
            assert!(rows > 4 * 2 * 30, "{rows}");
        }
        world.stop().await;
    }
}

async fn read_and_write(agent: Agent, lane: usize) {
    for number in 0..10 {
        let described = agent.compact("workspace.describe", &json!({})).await;
        described.expect("a description");
        let body = json!({ "name": format!("plan {lane} {number}"), "kind": "prd" });
        let path = format!("/api/workspaces/{}/projects", agent.slug);
        let made = agent.json("POST", &path, &body).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
}
