//! The costs of provisioning and of authenticated calls, for `cargo xtask bench`.
//!
//! Prints one JSON object: times over simulated upstreams that take 50 ms for each answer, and the
//! number of statements that a call sends to PostgreSQL. The settings are those of a server in
//! production except for the rate limit, which would otherwise dominate every figure.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use covibe_domain::entities::ProvisionStatus;
use covibe_store::Backend;
use covibe_testkit_http::new_workspace;
use covibe_testkit_http::postgres::Postgres;
use covibe_testkit_http::{Agent, Location, Member, Options, World, upstream_calls};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

use super::Outcome;

/// The time that an upstream takes for an answer.
const LATENCY: Duration = Duration::from_millis(50);

/// The number of times that one workspace is provisioned.
const ROUNDS: usize = 5;

/// The numbers of tenants, and of workspaces of each, that are provisioned at once.
const TENANTS: usize = 10;
const WORKSPACES: usize = 10;

/// Longer than audit entries of reads wait to be written together.
const GROUPED: Duration = Duration::from_millis(400);

/// Longer than a list of an upstream is remembered.
const FORGOTTEN: Duration = Duration::from_millis(2_100);

/// Measures provisioning and the statements of calls.
pub(super) async fn take() -> Outcome<Value> {
    let options = Options { backend: Backend::Postgres, ..Options::default() }
        .with_deadline(Duration::from_mins(5))
        .with_settings(|it| {
            it.late = Duration::from_secs(10);
            it.lease = Duration::from_secs(15);
            it.settle = Duration::from_secs(2);
        });
    let world = World::start(options)
        .await
        .ok_or("no PostgreSQL: `cargo xtask test` says how to get it")?;
    let statements = statements(&world).await?;
    for upstream in [&world.coolify, &world.gitea] {
        upstream.set_latency(LATENCY);
    }
    let one = measure_one_by_one(&world).await?;
    let many = measure_many_at_once(&world).await?;
    let figures = json!({
        "latency_ms": LATENCY.as_millis(),
        "one": one,
        "many": many,
        "statements": statements,
    });
    world.stop().await;
    Ok(figures)
}

/// Measures the times of workspaces that are provisioned one after the other, and the upstream
/// calls of each.
async fn measure_one_by_one(world: &World) -> Outcome<Value> {
    let process = world.process().await;
    let (mut millis, mut made) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let record = new_workspace(&process.platform, &format!("one-{round}")).await;
        upstream_calls::clear(world);
        let begun = Instant::now();
        let ready = covibe_workspace::provision(&process.platform, record).await;
        millis.push(begun.elapsed().as_secs_f64() * 1e3);
        let status = ready.map_err(|failure| failure.message)?.provision_status;
        if status != ProvisionStatus::Ready {
            return Err(format!("a workspace is {status}").into());
        }
        made = upstream_calls::all_received(world).len();
    }
    Ok(json!({ "millis": millis, "calls": made }))
}

/// Measures the time of many at once, through two servers.
async fn measure_many_at_once(world: &World) -> Outcome<Value> {
    let instances = [world.instance(), world.instance()];
    let mut agents = Vec::new();
    for tenant in 0..TENANTS {
        let slug = format!("many-{tenant}");
        let record = new_workspace(&instances[0].process.platform, &slug).await;
        let agent = Agent::new(&world.mark.agent.origin, &slug, None);
        let member = Member { record, agent };
        agents.push((world.tenants_agent(&member).await, tenant));
    }
    let (begun, mut founding) = (Instant::now(), JoinSet::new());
    for (agent, tenant) in &agents {
        for sibling in 0..WORKSPACES {
            let origin = &instances[(tenant + sibling) % instances.len()].origin;
            let agent = Agent::new(origin, &agent.slug, agent.key.clone());
            let body = json!({ "slug": format!("many-{tenant}-{sibling}") });
            founding.spawn(async move { agent.json("POST", "/api/workspaces", &body).await });
        }
    }
    let answers = founding.join_all().await;
    let millis = begun.elapsed().as_secs_f64() * 1e3;
    match answers.iter().find(|answer| answer.json()["provisionStatus"] != "ready") {
        Some(answer) => Err(format!("{}: {}", answer.status, answer.text).into()),
        None => Ok(json!({ "millis": millis, "workspaces": answers.len() })),
    }
}

/// Returns the number of statements that some calls cost: until the answer, and with the entry in
/// the audit.
async fn statements(world: &World) -> Outcome<Value> {
    log_all(world).await?;
    let mut counts = BTreeMap::new();
    for tool in ["workspace.describe", "apps.list", "gitea.credentials", "keys.list"] {
        // A first round warms up: connections and caches are then as they usually are.
        for round in 0..2 {
            let path = format!("/api/workspaces/mark/{}", path(tool));
            let (cold, cached) =
                (agent_with_fresh_key(world).await, world.mark.agent.reconnected());
            for (key, agent) in [("cold", &cold), ("cached", &cached)] {
                if round == 1 {
                    tokio::time::sleep(FORGOTTEN).await;
                }
                if key == "cached" {
                    ask(agent, "/api/workspaces/mark").await?;
                    tokio::time::sleep(GROUPED).await;
                }
                let counted = count(agent, &path).await?;
                if round == 1 {
                    counts.insert(format!("{tool}, {key} key"), counted);
                }
            }
        }
    }
    Ok(json!(counts))
}

fn path(tool: &str) -> &str {
    match tool {
        "apps.list" => "apps",
        "gitea.credentials" => "gitea-credentials",
        "keys.list" => "keys",
        _ => "",
    }
}

/// Returns Mark's agent with a key that no server has seen.
async fn agent_with_fresh_key(world: &World) -> Agent {
    let key = covibe_testkit_http::mint(&world.identity, &world.mark.record).await;
    world.mark.agent.reconnected().with_key(Some(key.expose()))
}

async fn ask(agent: &Agent, path: &str) -> Outcome<()> {
    let answer = agent.send("GET", path, &[], None).await;
    if answer.status == 200 { Ok(()) } else { Err(format!("{path}: {}", answer.text).into()) }
}

async fn count(agent: &Agent, path: &str) -> Outcome<[usize; 2]> {
    let before = logged();
    ask(agent, path).await?;
    let answered = logged();
    tokio::time::sleep(GROUPED).await;
    Ok([answered - before, logged() - before])
}

/// Returns the number of statements that the cluster has logged.
fn logged() -> usize {
    let log = Postgres::shared().map(Postgres::log).unwrap_or_default();
    let is_one =
        |line: &&str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
    log.lines().filter(is_one).count()
}

async fn log_all(world: &World) -> Outcome<()> {
    let Location::Server(at) = world.location() else { return Ok(()) };
    let (client, connection) = tokio_postgres::connect(at.superuser_url.expose(), NoTls).await?;
    let driver = tokio::spawn(connection);
    client.batch_execute("ALTER SYSTEM SET log_statement = 'all'").await?;
    client.batch_execute("SELECT pg_reload_conf()").await?;
    drop(client);
    driver.await??;
    // Each session reads the setting before its next statement.
    tokio::time::sleep(GROUPED).await;
    Ok(())
}
