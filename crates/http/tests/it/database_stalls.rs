//! A database that stalls: nobody waits for long, and only those wait whom it concerns.

use std::time::Duration;

use covibe_domain::entities::Role;
use covibe_domain::{Email, Kind, TenantId};
use covibe_store::{AuditFilter, AuditRecord, Backend, Store};
use covibe_testkit_http::{Agent, AgentAnswer, Location, Options, Person, Process, Relay, World};
use serde_json::json;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls};

use crate::audit::{entries, entry, until};

/// A time limit that only ends a test that hangs.
const SOON: Duration = Duration::from_secs(30);

async fn world(backend: Backend) -> Option<World> {
    let audit_timeout = Duration::from_millis(1500);
    let options = Options { backend, ..Options::default() };
    World::start(options.with_settings(|it| it.audit_timeout = audit_timeout)).await
}

/// Returns a session of the superuser.
pub(crate) async fn session(world: &World) -> Client {
    let Location::Server(database) = world.location() else { panic!("it is PostgreSQL") };
    let connected = tokio_postgres::connect(database.superuser_url.expose(), NoTls).await;
    let (client, connection) = connected.expect("a session");
    tokio::spawn(connection);
    client
}

/// Changes something.
async fn change(agent: &Agent) -> AgentAnswer {
    let body = json!({ "name": "plan", "kind": "prd" });
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    timeout(SOON, agent.json("POST", &path, &body)).await.expect("an answer")
}

/// Reads something.
async fn list_projects(agent: &Agent) -> AgentAnswer {
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    timeout(SOON, agent.send("GET", &path, &[], None)).await.expect("an answer")
}

async fn health(agent: &Agent) -> (u16, String) {
    let health = agent.send("GET", "/api/health", &[], None).await;
    (health.status, health.json()["audit"].as_str().expect("a word").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_audit_chain_stops_only_the_changes_of_its_tenant() {
    let Some(world) = world(Backend::Postgres).await else { return };
    let (mark, justine) = (&world.mark.agent, &world.justine.agent);
    let holder = session(&world).await;
    let tenant = &world.mark.record.tenant;
    let lock = format!("BEGIN; SELECT FROM audit_heads WHERE tenant_id = '{tenant}' FOR UPDATE");
    holder.batch_execute(&lock).await.expect("a lock");
    let (locked, others) = tokio::join!(change(mark), async {
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.extend([change(justine).await.status, list_projects(justine).await.status]);
        }
        statuses
    });
    assert_eq!(locked.status, 503, "{}", locked.text);
    assert!(!locked.text.contains("mayHaveHappened"), "{}", locked.text);
    assert!(others.iter().all(|status| [200, 201].contains(status)), "{others:?}");
    assert_eq!(list_projects(mark).await.status, 200);
    assert_eq!(health(mark).await.0, 200);
    holder.batch_execute("ROLLBACK").await.expect("an end");
    world.dispatcher.flush().await;
    // Every attempt ends: what began, ended.
    let entries = entries(&world, &world.mark).await;
    let of = |outcome: &str| {
        entries.iter().filter(|it| it.tool == "projects.create" && it.outcome == outcome).count()
    };
    assert_eq!((of("unready"), of("ok")), (1, 0), "{entries:?}");
    assert_eq!(change(mark).await.status, 201);
    let verified = world.store.verify_audit(tenant).await.expect("a walk");
    assert_eq!(verified.problem, None);
}

/// The chain is locked while the change is under way: what happened is told, and is in the audit once it can be.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_outcome_cannot_be_audited_is_reported_in_doubt() {
    let Some(world) = world(Backend::Postgres).await else { return };
    let holder = session(&world).await;
    let tenant = &world.mark.record.tenant;
    let lock = format!("BEGIN; SELECT FROM audit_heads WHERE tenant_id = '{tenant}' FOR UPDATE");
    let hold = world.coolify.hold("POST", "/applications/dockerimage$");
    let image = json!({ "image": "nginx:1.27", "name": "site", "instantDeploy": false });
    let (told, ()) = tokio::join!(world.mark.agent.compact_raw("apps.create", &image), async {
        timeout(SOON, hold.arrived()).await.expect("it is under way");
        holder.batch_execute(&lock).await.expect("a lock");
        drop(hold);
    });
    assert_eq!(told.status, 503, "{}", told.text);
    assert_eq!(told.json()["details"]["mayHaveHappened"], true, "{}", told.text);
    assert!(told.text.contains("its outcome could not be written"), "{}", told.text);
    holder.batch_execute("ROLLBACK").await.expect("an end");
    let written = until(&world, &world.mark, 2, |it| it.tool == "apps.create").await;
    let written = written.iter().filter(|it| it.tool == "apps.create");
    let mut outcomes: Vec<_> = written.map(|it| it.outcome.as_str()).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["ok", "started"]);
    assert_eq!(world.store.verify_audit(tenant).await.expect("a walk").problem, None);
}

/// The entries of a tenant with this operation, newest first.
async fn entries_of(world: &World, tenant: &TenantId, tool: &str) -> Vec<AuditRecord> {
    let filter = AuditFilter { tool: Some(tool.to_owned()), ..AuditFilter::default() };
    let mut tx = world.store.tenant_read(tenant).await.expect("a transaction");
    let found = tx.audit_entries(&filter, 100).await.expect("the audit");
    tx.commit().await.expect("an end");
    found
}

/// Returns two companies with the same admin, in the order of the admin's memberships.
async fn companies_of_carol(world: &World) -> [TenantId; 2] {
    for member in [&world.mark, &world.justine] {
        assert_eq!(change(&member.agent).await.status, 201, "the audit has a first entry");
        Person::member(world, member, "carol", Role::Admin).await;
    }
    let found = world.identity.find_account(&carol()).await.expect("an answer");
    found.expect("an account").1.try_into().expect("two companies")
}

fn carol() -> Email {
    "carol@example.com".parse().expect("an address")
}

/// No audit has a change that began and never ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_two_companies_is_refused_in_both_audits_if_one_is_locked() {
    let Some(world) = world(Backend::Postgres).await else { return };
    let [first, second] = companies_of_carol(&world).await;
    let holder = session(&world).await;
    let lock = format!("BEGIN; SELECT FROM audit_heads WHERE tenant_id = '{second}' FOR UPDATE");
    holder.batch_execute(&lock).await.expect("a lock");
    let email = carol();
    let answer = timeout(SOON, world.dispatcher.create_proof_link(&email)).await;
    let refused = answer.expect("an answer").expect_err("one audit cannot be written");
    assert_eq!(refused.kind, Kind::Unready, "{refused:?}");
    holder.batch_execute("ROLLBACK").await.expect("an end");
    world.dispatcher.flush().await;
    let begun = entries_of(&world, &first, "people.link").await;
    let outcomes: Vec<_> = begun.iter().map(|it| it.outcome.as_str()).collect();
    assert_eq!(outcomes, ["unready", "started"], "newest first");
    let locked = entries_of(&world, &second, "people.link").await;
    assert_eq!(locked.first().map(|it| it.outcome.as_str()), Some("unready"), "{locked:?}");
}

/// Entries come faster than they can be written: calls wait a moment and are refused, reads too. What had a place is
/// written, and what had none is counted.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_audit_queue_refuses_calls_and_counts_every_lost_entry() {
    let Some(world) = world(Backend::Postgres).await else { return };
    let instance = world.instance();
    let auditor = instance.process.platform.auditor();
    let (mark, justine) = (instance.agent(&world.mark), instance.agent(&world.justine));
    let tenant = &world.mark.record.tenant;
    let before = world.store.verify_audit(tenant).await.expect("a walk").entries;
    let holder = session(&world).await;
    let lock = "BEGIN; LOCK TABLE audit_log IN EXCLUSIVE MODE";
    holder.batch_execute(lock).await.expect("a lock");
    // The writer takes a group off the full queue when it gets to it, and has a place for so many then.
    let mut noted = 0;
    let refused = loop {
        for _ in 0..13_000 {
            auditor.note_now(entry(&world, &format!("call_{noted}"), "ok", 1));
            noted += 1;
        }
        let told = list_projects(&mark).await;
        if told.status != 200 || noted > 100_000 {
            break told;
        }
    };
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(refused.text.contains("The audit log cannot be written"), "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"), "{:?}", refused.headers);
    assert_eq!(list_projects(&justine).await.status, 200, "another tenant has a queue of its own");
    holder.batch_execute("ROLLBACK").await.expect("an end");
    let written = async {
        while auditor.load().queued > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, written).await.expect("they are written");
    assert_eq!(list_projects(&mark).await.status, 200);
    instance.process.dispatcher.flush().await;
    let verified = world.store.verify_audit(tenant).await.expect("a walk");
    assert_eq!(verified.problem, None);
    let losses = entries_of(&world, tenant, "audit.lost").await;
    let counts = losses.into_iter().filter_map(|it| it.repeats);
    let lost: i64 = counts.map(|repeats| repeats.count).sum();
    assert!(lost > 0);
    assert_eq!(u64::try_from(lost).ok(), Some(auditor.load().lost));
    let kept = verified.entries - before;
    assert!(kept + lost >= noted, "{kept} and {lost} of {noted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_fail_instead_of_hanging_while_the_database_is_silent() {
    let Some(world) = world(Backend::Postgres).await else { return };
    let Location::Server(database) = world.location() else { panic!("it is PostgreSQL") };
    let relay = Relay::start(&database.runtime_url);
    let store = Store::postgres(&relay.url(&database.runtime_url)).await.expect("a store");
    let process = world.process_on(store);
    let call = |name: &'static str| call(&process, &world, name);
    call("one").await.expect("a project");
    relay.go_silent();
    let calls = (0..16).map(|_| call("two"));
    for failure in futures_util::future::join_all(calls).await {
        let failure = failure.expect_err("nothing is written");
        assert_eq!(failure.kind, Kind::Unready, "{failure:?}");
    }
    relay.speak_again();
    // Entries and connections of before are in the way for some seconds at most.
    let again = async {
        while call("three").await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(SOON, again).await.expect("it works again");
}

async fn call(
    process: &Process,
    world: &World,
    name: &str,
) -> Result<serde_json::Value, covibe_domain::Failure> {
    let params = json!({ "name": name, "kind": "prd" });
    let calling = process.call(&world.mark, "projects.create", params);
    timeout(SOON, calling).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_writer_of_the_sqlite_file_stops_changes_until_it_ends() {
    let world = world(Backend::Sqlite).await.expect("SQLite is built in");
    let agent = &world.mark.agent;
    let Location::File(path) = world.location() else { panic!("it is a file") };
    // A store of its own has connections of its own, as another process would.
    let foreign = Store::existing_sqlite(path).await.expect("the file");
    let held = foreign.tenant(&world.justine.record.tenant).await.expect("the lock");
    let refused = change(agent).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(list_projects(agent).await.status, 200);
    held.commit().await.expect("its end");
    let again = async { while change(agent).await.status != 201 {} };
    timeout(SOON, again).await.expect("it works again");
    assert_eq!(health(agent).await, (200, "ok".to_owned()));
}
