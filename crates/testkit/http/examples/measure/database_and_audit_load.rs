//! The load on the database and the audit that an operator pays for, for `cargo xtask bench`.
//!
//! Prints one JSON object, measured on PostgreSQL: the calls per second for an existing and for a missing resource,
//! the bytes of a call's audit entry on the disk, and the times of one tenant's calls while another session holds the
//! chain of another tenant.

use std::time::{Duration, Instant};

use covibe_store::Backend;
use covibe_testkit_http::{Agent, Location, Options, World};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

use super::Outcome;

/// The number of connections that call at once.
const CONNECTIONS: usize = 16;

/// The duration of each measurement.
const MOMENT: Duration = Duration::from_secs(2);

/// The number of times that calls for an existing and for a missing resource are measured in turn.
const ROUNDS: usize = 3;

/// The number of calls that change something while the tenants' times are measured.
const CHANGES: usize = 400;

/// Measures both on PostgreSQL.
pub(super) async fn take() -> Outcome<Value> {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let world = World::start(options)
        .await
        .ok_or("no PostgreSQL: `cargo xtask test` says how to get it")?;
    let (answers, entry_bytes) = answers(&world).await?;
    let locked = locked(&world).await?;
    world.stop().await;
    Ok(json!({ "answers": answers, "entry_bytes": entry_bytes, "locked": locked }))
}

/// Returns the calls per second for an existing and for a missing resource, and the bytes of an entry.
async fn answers(world: &World) -> Outcome<(Value, u64)> {
    let (agent, database) = (&world.mark.agent, session(world).await?);
    let found = project(agent).await?;
    let missing = format!("/api/workspaces/{}/projects/prj_missing", agent.slug);
    let before = audit(world, &database).await?;
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        rates[0].push(rate(agent, &found, 200).await?);
        rates[1].push(rate(agent, &missing, 404).await?);
    }
    let after = audit(world, &database).await?;
    let entry_bytes = (after.0 - before.0) / (after.1 - before.1).max(1);
    let [found, missing] = rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        rates[ROUNDS / 2]
    });
    Ok((json!({ "found": found, "missing": missing }), entry_bytes))
}

/// Returns the number of answers with this status that all connections together get per second.
async fn rate(agent: &Agent, path: &str, status: u16) -> Outcome<f64> {
    let (begun, mut calling) = (Instant::now(), JoinSet::new());
    for _ in 0..CONNECTIONS {
        let (agent, path) = (agent.reconnected(), path.to_owned());
        calling.spawn(async move {
            let mut answers: u32 = 0;
            while begun.elapsed() < MOMENT {
                let answer = agent.send("GET", &path, &[], None).await;
                if answer.status != status {
                    return Err(format!("{path}: {} {}", answer.status, answer.text));
                }
                answers += 1;
            }
            Ok(answers)
        });
    }
    let mut all = 0;
    for answers in calling.join_all().await {
        all += answers?;
    }
    Ok(f64::from(all) / begun.elapsed().as_secs_f64())
}

/// Returns the bytes and the number of the audit's entries once all are written.
async fn audit(world: &World, database: &Client) -> Outcome<(u64, u64)> {
    world.dispatcher.flush().await;
    let sizes = "SELECT sum(pg_total_relation_size(i.inhrelid))::bigint FROM pg_inherits i \
                 WHERE i.inhparent = 'audit_log'::regclass";
    let parts: Option<i64> = database.query_one(sizes, &[]).await?.get(0);
    let whole: i64 =
        database.query_one("SELECT pg_total_relation_size('audit_log')", &[]).await?.get(0);
    let entries: i64 = database.query_one("SELECT count(*) FROM audit_log", &[]).await?.get(0);
    Ok(((whole + parts.unwrap_or_default()).unsigned_abs(), entries.unsigned_abs()))
}

/// Returns the 99th percentile of the times of a tenant's changes, in milliseconds: while another tenant
/// calls, too, and while its chain is held.
async fn locked(world: &World) -> Outcome<Value> {
    let holder = session(world).await?;
    let changed = (project(&world.justine.agent).await?, project(&world.mark.agent).await?);
    let quiet = measure_beside(world, &changed).await?;
    let tenant = &world.mark.record.tenant;
    let lock = format!("BEGIN; SELECT FROM audit_heads WHERE tenant_id = '{tenant}' FOR UPDATE");
    holder.batch_execute(&lock).await?;
    let held = measure_beside(world, &changed).await?;
    holder.batch_execute("ROLLBACK").await?;
    Ok(json!({ "quiet_ms": quiet, "held_ms": held }))
}

/// Returns the 99th percentile of the times of one tenant's changes beside four of another's at once.
async fn measure_beside(world: &World, (own, others): &(String, String)) -> Outcome<f64> {
    let mut calling = JoinSet::new();
    for _ in 0..4 {
        let (agent, path) = (world.mark.agent.reconnected(), others.clone());
        calling.spawn(async move {
            loop {
                change(&agent, &path).await;
            }
        });
    }
    let agent = world.justine.agent.reconnected();
    let mut times = Vec::new();
    for _ in 0..CHANGES {
        let begun = Instant::now();
        let (status, text) = change(&agent, own).await;
        if status != 200 {
            return Err(format!("a change of another tenant: {status} {text}").into());
        }
        times.push(begun.elapsed());
    }
    calling.shutdown().await;
    times.sort_unstable();
    Ok(times[CHANGES * 99 / 100].as_secs_f64() * 1e3)
}

/// Creates a project and returns its path.
async fn project(agent: &Agent) -> Outcome<String> {
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    let made = agent.json("POST", &path, &json!({ "name": "plan", "kind": "prd" })).await;
    let id = made.json()["id"].as_str().ok_or("a project has no id")?.to_owned();
    Ok(format!("{path}/{id}"))
}

async fn change(agent: &Agent, path: &str) -> (u16, String) {
    let changed = agent.json("PATCH", path, &json!({ "name": "plan" })).await;
    (changed.status, changed.text)
}

async fn session(world: &World) -> Outcome<Client> {
    let Location::Server(at) = world.location() else { return Err("it is PostgreSQL".into()) };
    let (client, connection) = tokio_postgres::connect(at.superuser_url.expose(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
