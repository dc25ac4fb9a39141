//! A caller that makes too many calls, and an audit that cannot be written.

use std::time::Duration;

use covibe_domain::failure::whole_seconds;
use covibe_store::Backend;
use covibe_testkit_http::{Agent, AgentAnswer, CallRate, Location, Options, Retention, World};
use serde_json::json;
use tokio::time::sleep;
use tokio_postgres::NoTls;

use crate::audit::entries;
use crate::support::workspace_resources::fresh_key;
use crate::support::{CallStyle, raw_requests, tool};

#[tokio::test(flavor = "multi_thread")]
async fn calls_above_the_rate_are_refused_and_share_an_audit_entry() {
    let key = CallRate { per_second: 1, burst: 6 };
    let options = Options::default().with_settings(|it| it.call_rates.key = key);
    let world = World::start(options).await.expect("SQLite");
    let agent = &world.mark.agent;
    let (mut made, mut refused) = (0, 0);
    for via in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc].into_iter().cycle().take(90) {
        let answer = via.call(agent, &tool(&world, "apps.list"), &json!({})).await.answer;
        match answer.status {
            200 => made += 1,
            status => {
                assert_eq!(status, 429, "{via:?}: {}", answer.text);
                assert_eq!(
                    answer.headers["retry-after"],
                    whole_seconds(Duration::from_secs(1)).to_string()
                );
                assert!(
                    answer.json()["error"]
                        .as_str()
                        .is_some_and(|it| it.contains("1 calls per second"))
                );
                refused += 1;
            }
        }
    }
    assert!(made >= 6 && refused >= 40, "{made} and {refused}");
    // Others are not affected.
    world.justine.agent.compact("apps.list", &json!({})).await.expect("a list");
    world.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    let refusals: Vec<_> = entries.iter().filter(|entry| entry.tool == "admit").collect();
    assert!(refusals.iter().all(|entry| entry.outcome == "limited" && entry.surface == "door"));
    let [together, alone] = refusals[..] else { panic!("{refusals:?}") };
    assert_eq!(alone.repeats, None);
    let repeats = together.repeats.expect("it stands for several calls");
    assert_eq!(repeats.count, refused - 1);
    assert!(repeats.since >= alone.at && repeats.since <= together.at, "{refusals:?}");
    let verified = world.store.verify_audit(&world.mark.record.tenant).await.expect("a walk");
    assert_eq!(verified.problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_of_a_tenant_share_its_rate() {
    let tenant = CallRate { per_second: 1, burst: 8 };
    let options = Options::default().with_settings(|it| it.call_rates.tenant = tenant);
    let world = World::start(options).await.expect("SQLite");
    let first = &world.mark.agent;
    let made = fresh_key(first).await;
    let second = first.with_key(made["token"].as_str());
    let mut statuses = Vec::new();
    for agent in [first, &second].into_iter().cycle().take(20) {
        statuses.push(agent.compact_raw("apps.list", &json!({})).await.status);
    }
    let made = statuses.iter().filter(|status| **status == 200).count();
    assert!((7..=16).contains(&made), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    world.justine.agent.compact("apps.list", &json!({})).await.expect("a list");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_equal_refusals_share_an_audit_entry() {
    let world = World::embedded().await;
    for number in 0..60 {
        let params = json!({ "uuid": [number] });
        let answer = world.mark.agent.compact_raw("apps.get", &params).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    world.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    let refusals: Vec<_> = entries.iter().filter(|entry| entry.tool == "apps.get").collect();
    let counts: Vec<_> =
        refusals.iter().map(|entry| entry.repeats.map_or(1, |it| it.count)).collect();
    assert_eq!(counts, [52, 1, 1, 1, 1, 1, 1, 1, 1]);
}

/// So that no tenant fills the audit by making many keys, each with refusals of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_refusals_of_a_tenant_leave_a_bounded_number_of_entries() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let names: Vec<_> =
        world.dispatcher.registry().tools().map(|tool| tool.spec.name.to_owned()).collect();
    let mut refused = 0;
    while refused < 400 {
        let key = fresh_key(agent).await;
        let spare = agent.with_key(key["token"].as_str());
        for name in &names {
            let answer = spare.compact_raw(name, &json!({ "unknown": 1 })).await;
            assert_eq!(answer.status, 400, "{name}: {}", answer.text);
            refused += 1;
        }
    }
    let others = world.justine.agent.compact_raw("apps.get", &json!({ "uuid": [1] })).await;
    assert_eq!(others.status, 400);
    world.dispatcher.flush().await;
    let mut entries_of_refusals = entries(&world, &world.mark).await;
    entries_of_refusals.retain(|entry| entry.outcome == "invalid");
    let (shared, alone): (Vec<_>, Vec<_>) =
        entries_of_refusals.iter().partition(|entry| entry.tool == "several");
    assert!((100..=256).contains(&alone.len()), "{} entries", alone.len());
    let [shared] = shared[..] else { panic!("{shared:?}") };
    assert_eq!(shared.actor, None, "the calls are of several keys");
    let repeats = shared.repeats.expect("it stands for several calls");
    assert_eq!(repeats.count, refused - i64::try_from(alone.len()).expect("a number"));
    // Those of other tenants have entries of their own.
    let others = entries(&world, &world.justine).await;
    assert!(others.iter().any(|entry| entry.tool == "apps.get" && entry.outcome == "invalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_body_is_late_takes_a_place_of_its_key() {
    let options = Options::default().with_settings(|it| it.max_in_flight = 3);
    let world = World::start(options).await.expect("SQLite");
    let agent = &world.mark.agent;
    let request = raw_requests::post(agent, "", br#"{"tool":"apps.list","params":{}}"#);
    let (head, rest) = request.split_at(request.len() - 9);
    let mut slow = Vec::new();
    let refused = loop {
        slow.push(raw_requests::begin_request(agent, head).await);
        // It may itself have the place that one of them needs.
        let answer = agent.compact_raw("apps.list", &json!({})).await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.text.contains("are still arriving"), "{}", refused.text);
    world.justine.agent.compact("apps.list", &json!({})).await.expect("a list");
    let mut answered = 0;
    for stream in slow {
        answered += usize::from(raw_requests::finish(stream, rest).await.status == 200);
    }
    assert_eq!(answered, 3);
    agent.compact("apps.list", &json!({})).await.expect("a list");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_whose_bodies_are_late_take_no_places_of_other_keys() {
    let options = Options::default().with_settings(|it| it.max_in_flight = 3);
    let world = World::start(options).await.expect("SQLite");
    let agent = &world.mark.agent;
    let path = "/api/workspaces/mark/keys";
    let reader = agent.json("POST", path, &json!({ "access": "read" })).await.json();
    let reader = agent.with_key(reader["token"].as_str());
    let request = raw_requests::post(&reader, "", br#"{"tool":"apps.list","params":{}}"#);
    let mut slow = Vec::new();
    while reader.compact_raw("apps.list", &json!({})).await.status == 200 {
        slow.push(raw_requests::begin_request(&reader, &request[..request.len() - 9]).await);
    }
    agent.compact("apps.list", &json!({})).await.expect("a list");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_have_a_lower_rate_than_reads() {
    let key_changes = CallRate { per_second: 1, burst: 2 };
    let options = Options::default().with_settings(|it| it.call_rates.key_changes = key_changes);
    let world = World::start(options).await.expect("SQLite");
    let agent = &world.mark.agent;
    let refused = loop {
        let answer = plan(agent).await;
        if answer.status != 201 {
            break answer;
        }
    };
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.text.contains("1 calls per second that change something"), "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"), "{:?}", refused.headers);
    agent.compact("apps.list", &json!({})).await.expect("a list");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_a_tenants_unfinished_bodies_are_limited() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let body = format!(r#"{{"tool":"apps.list","params":{{}},"x":"{}"}}"#, "x".repeat(1_000_000));
    let request = raw_requests::post(agent, "", body.as_bytes());
    let (head, rest) = request.split_at(request.len() - 9);
    let mut slow = Vec::new();
    for _ in 0..40 {
        slow.push(raw_requests::begin_request(agent, head).await);
    }
    let mut statuses = Vec::new();
    // The last ones were refused while they were sent.
    for stream in slow.into_iter().rev() {
        statuses.push(raw_requests::finish(stream, rest).await.status);
    }
    assert!(statuses.iter().filter(|status| **status == 429).count() >= 8, "{statuses:?}");
    assert!(statuses.iter().filter(|status| **status != 429).count() >= 5, "{statuses:?}");
    agent.compact("apps.list", &json!({})).await.expect("a list");
    world.justine.agent.compact("apps.list", &json!({})).await.expect("a list");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_records_of_keys_that_were_revoked_long_ago_are_deleted() {
    let ages = [(Duration::from_hours(1), true), (Duration::ZERO, false)];
    let both = [Backend::Sqlite, Backend::Postgres];
    for (backend, (revoked_keys, is_kept)) in
        both.into_iter().flat_map(|it| ages.map(|age| (it, age)))
    {
        let retention = Retention { revoked_keys, ..Retention::default() };
        let options =
            Options { backend, ..Options::default() }.with_settings(|it| it.retention = retention);
        let Some(world) = World::start(options).await else { continue };
        let agent = &world.mark.agent;
        let key = fresh_key(agent).await;
        let path = format!("/api/workspaces/mark/keys/{}", key["id"].as_str().expect("a text"));
        assert_eq!(agent.send("DELETE", &path, &[], None).await.status, 200);
        world.instance().process.platform.remove_old_records().await.expect("the tenants");
        let digest = covibe_crypto::digest(key["token"].as_str().expect("a text"));
        let mut tx = world.store.credential(&digest).await.expect("a transaction");
        let found = tx.key_by_digest(&digest).await.expect("a row");
        tx.commit().await.expect("its end");
        assert_eq!(found.is_some(), is_kept);
        world.justine.agent.compact("apps.list", &json!({})).await.expect("a list");
    }
}

/// Creates a plan.
async fn plan(agent: &Agent) -> AgentAnswer {
    let body = json!({ "name": "plan", "kind": "prd" });
    agent.json("POST", "/api/workspaces/mark/projects", &body).await
}

/// Runs SQL as the owner of the tables.
async fn owner(world: &World, sql: &str) {
    let Location::Server(database) = world.location() else { panic!("not PostgreSQL") };
    let url = database.admin_url.expose();
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("it");
    tokio::spawn(connection);
    client.batch_execute(sql).await.expect("it runs");
}

/// Asks a server for its health.
async fn health(agent: &Agent) -> AgentAnswer {
    agent.with_key(None).send("GET", "/api/health", &[], None).await
}

/// Waits until a server is healthy, without calls that it audits.
async fn until_healthy(agent: &Agent) {
    let begun = std::time::Instant::now();
    while health(agent).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it recovers without a call");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_and_later_reads_are_refused_while_the_audit_cannot_be_written() {
    let audit_grace = Duration::from_millis(300);
    let options = Options { backend: Backend::Postgres, ..Options::default() }
        .with_settings(|it| it.audit_grace = audit_grace);
    let Some(world) = World::start(options).await else { return };
    let agent = &world.mark.agent;
    assert_eq!(health(agent).await.json()["audit"], "ok");
    owner(&world, "REVOKE EXECUTE ON FUNCTION append_audit FROM covibe_runtime").await;
    agent.compact("apps.list", &json!({})).await.expect("reads go on for a moment");
    let answer = plan(agent).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    let ill = health(agent).await;
    assert_eq!(
        (ill.status, &ill.json()["status"], &ill.json()["audit"]),
        (503, &json!("degraded"), &json!("failing"))
    );
    sleep(audit_grace).await;
    let answer = agent.compact_raw("apps.list", &json!({})).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("audit"), "{}", answer.text);
    owner(&world, "GRANT EXECUTE ON FUNCTION append_audit TO covibe_runtime").await;
    until_healthy(agent).await;
    agent.compact("apps.list", &json!({})).await.expect("a list");
    assert_eq!(plan(agent).await.status, 201);
    // What was read meanwhile is in it.
    world.dispatcher.flush().await;
    let entries = entries(&world, &world.mark).await;
    let listed = entries.iter().filter(|entry| entry.tool == "apps.list");
    let outcomes: Vec<_> = listed.map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes, ["ok", "unready", "ok"]);
    world.stop().await;
}

/// A balancer sends no calls to an instance that is not healthy.
#[tokio::test(flavor = "multi_thread")]
async fn health_recovers_without_a_call_after_a_change_was_refused() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let agent = &world.mark.agent;
    world.dispatcher.flush().await;
    owner(&world, "REVOKE EXECUTE ON FUNCTION append_audit FROM covibe_runtime").await;
    let refused = plan(agent).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(health(agent).await.json()["audit"], "failing");
    owner(&world, "GRANT EXECUTE ON FUNCTION append_audit TO covibe_runtime").await;
    until_healthy(agent).await;
    assert_eq!(health(agent).await.json()["audit"], "ok");
    let entries = entries(&world, &world.mark).await;
    let made = entries.iter().filter(|entry| entry.tool == "projects.create");
    let outcomes: Vec<_> = made.map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes, ["unready"], "the change did not start");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_recovers_with_a_broken_audit_chain_once_the_audit_can_be_written() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let agent = &world.mark.agent;
    world.dispatcher.flush().await;
    owner(&world, "REVOKE EXECUTE ON FUNCTION append_audit FROM covibe_runtime").await;
    assert_eq!(plan(agent).await.status, 503);
    let tenant = &world.mark.record.tenant;
    let breaks = format!(
        "BEGIN; SET LOCAL app.tenant_id = '{tenant}'; UPDATE audit_heads SET seq = 1; COMMIT"
    );
    owner(&world, &breaks).await;
    owner(&world, "GRANT EXECUTE ON FUNCTION append_audit TO covibe_runtime").await;
    until_healthy(agent).await;
    assert_eq!(health(agent).await.json()["audit"], "broken");
    world.stop().await;
}
