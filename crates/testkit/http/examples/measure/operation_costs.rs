//! The costs of operations at Coolify, for `cargo xtask bench`.
//!
//! Prints one JSON object: calls, bytes and time of each operation beside a few and beside thousands of resources of
//! others, and the answers that a hundred agents get while they poll their apps' deployments. `polling` prints these
//! alone.

use std::time::{Duration, Instant};

use covibe_sandbox::coolify::Neighbours;
use covibe_testkit_http::operation_costs::{Cost, costs};
use covibe_testkit_http::{Agent, Options, World, mint};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Outcome;

/// The resources of others: almost none, and many.
const FEW: Neighbours = Neighbours { applications: 10, services: 10, databases: 10, workspaces: 0 };
const MANY: Neighbours =
    Neighbours { applications: 5_000, services: 1_000, databases: 500, workspaces: 0 };

/// The number of times that each operation is timed.
const ROUNDS: usize = 3;

/// The workspaces that poll, and the apps of each; one agent polls each app.
const WORKSPACES: usize = 20;
const APPS: usize = 5;

/// Coolify's rate limit unless its operator changes it.
const PER_MINUTE: u32 = 200;

/// The interval between two calls of an agent.
const INTERVAL: Duration = Duration::from_secs(5);

/// The time until all agents poll, and the time for which they continue.
const JOINING: Duration = Duration::from_secs(90);
const POLLING: Duration = Duration::from_mins(1);

/// The interval at which one of the apps is deployed meanwhile, and the duration of half a deployment.
const DEPLOYING: Duration = Duration::from_secs(10);
const PACE: Duration = Duration::from_secs(6);

/// Measures the operations, then the answers to polling agents.
pub(super) async fn take() -> Outcome<Value> {
    let (few, few_grown) = measure_beside(FEW).await?;
    let (many, many_grown) = measure_beside(MANY).await?;
    let operations: Vec<_> =
        few.iter().zip(&many).map(|(few, many)| costs_to_json(few, many)).collect();
    let polling = polling().await?;
    let grown = json!({ "few": few_grown, "many": many_grown });
    Ok(json!({ "operations": operations, "grown_kib": grown, "polling": polling }))
}

/// Returns the cost of each operation with the shortest time of its rounds, and the growth of this process in KiB.
async fn measure_beside(neighbours: Neighbours) -> Outcome<(Vec<Cost>, u64)> {
    let mut best: Vec<Cost> = Vec::new();
    let mut grown = 0;
    for _ in 0..ROUNDS {
        let mut options = Options::default();
        options.coolify.neighbours = neighbours;
        let world = World::start(options).await.ok_or("SQLite is built in")?;
        let before = resident()?;
        let round = costs(&world).await;
        grown = resident()?.saturating_sub(before);
        if best.is_empty() {
            best = round;
        } else {
            let pairs = best.iter_mut().zip(round);
            pairs.for_each(|(best, round)| best.time = best.time.min(round.time));
        }
        world.stop().await;
    }
    Ok((best, grown))
}

fn costs_to_json(few: &Cost, many: &Cost) -> Value {
    let millis = |cost: &Cost| cost.time.as_secs_f64() * 1e3;
    json!({
        "name": format!("{} {}", few.tool, few.of),
        "calls": [few.calls.len(), many.calls.len()],
        "bytes": [few.bytes, many.bytes],
        "millis": [millis(few), millis(many)],
    })
}

/// Returns the resident memory of this process, in KiB.
fn resident() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").trim().parse()?)
}

/// An answer to a poll.
struct Seen {
    at: f64,
    /// The time that it took, in seconds.
    took: f64,
    status: u16,
    /// The ids and states of the deployments.
    states: Vec<(String, String)>,
}

pub(super) async fn polling() -> Outcome<Value> {
    let mut options = Options::default();
    options.coolify.pace = PACE;
    let mut world = World::start(options).await.ok_or("SQLite is built in")?;
    let apps = apps(&world).await?;
    world.limit_calls(PER_MINUTE).await;
    world.coolify.clear_requests();
    let begun = Instant::now();
    let mut agents = JoinSet::new();
    for (number, (agent, app)) in apps.iter().enumerate() {
        let joins = JOINING * u32::try_from(number)? / u32::try_from(apps.len())?;
        agents.spawn(poll(agent.clone(), app.clone(), begun, joins));
    }
    let mut ended = Vec::new();
    let mut deployed = 0;
    while begun.elapsed() < JOINING + POLLING {
        tokio::time::sleep(DEPLOYING).await;
        let (agent, app) = &apps[deployed * 7 % apps.len()];
        deployed += 1;
        let answer = agent.compact("apps.deploy", app).await.map_err(|body| body.to_string())?;
        let uuid = answer["uuid"].as_str().unwrap_or_default().to_owned();
        ended.push((uuid, (begun.elapsed() + PACE * 2).as_secs_f64()));
    }
    let seen: Vec<Seen> = agents.join_all().await.into_iter().flatten().collect();
    let requests = world.coolify.requests();
    world.stop().await;
    let refused = requests.iter().filter(|request| request.status == Some(429)).count();
    let slowest = seen.iter().map(|seen| seen.took).fold(0.0, f64::max);
    Ok(json!({
        "agents": apps.len(), "polls": seen.len(), "deployments": deployed,
        "failed": seen.iter().filter(|seen| seen.status != 200).count(),
        "calls": requests.len(), "refused": refused,
        "seconds": (JOINING + POLLING).as_secs(), "interval": INTERVAL.as_secs(),
        "slowest": slowest, "oldest": oldest(&seen, &ended),
    }))
}

/// Creates the apps, each with the agent that polls it.
async fn apps(world: &World) -> Outcome<Vec<(Agent, Value)>> {
    let mut apps = Vec::new();
    for workspace in 0..WORKSPACES {
        let member = world.member(&format!("poll-{workspace}")).await;
        for number in 0..APPS {
            let params = json!({ "image": "nginx:1.27", "name": format!("app-{number}"), "instantDeploy": false });
            let made = member
                .agent
                .compact("apps.create", &params)
                .await
                .map_err(|body| body.to_string())?;
            let key = mint(&world.identity, &member.record).await;
            let agent = member.agent.with_key(Some(key.expose()));
            apps.push((agent, json!({ "uuid": made["uuid"] })));
        }
    }
    Ok(apps)
}

/// Asks for an app's deployments again and again.
async fn poll(agent: Agent, app: Value, begun: Instant, joins: Duration) -> Vec<Seen> {
    tokio::time::sleep(joins).await;
    let mut seen = Vec::new();
    while begun.elapsed() < JOINING + POLLING {
        let asked = Instant::now();
        // A kept connection could be closed at this very moment: the server keeps it as long.
        let answer = agent.reconnected().compact_raw("apps.deployments", &app).await;
        let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let listed = body["result"]["deployments"].as_array().or(body["deployments"].as_array());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let state = |each: &Value| (text(&each["uuid"]), text(&each["status"]));
        seen.push(Seen {
            at: begun.elapsed().as_secs_f64(),
            took: asked.elapsed().as_secs_f64(),
            status: answer.status,
            states: listed.into_iter().flatten().map(state).collect(),
        });
        tokio::time::sleep(INTERVAL.saturating_sub(asked.elapsed())).await;
    }
    seen
}

/// Returns the longest time, in seconds, for which answers still reported a deployment as in progress after its end.
fn oldest(seen: &[Seen], ended: &[(String, f64)]) -> f64 {
    let mut oldest: f64 = 0.0;
    for (uuid, end) in ended {
        let is_late =
            |seen: &&Seen| seen.states.iter().any(|(id, state)| id == uuid && state != "finished");
        let late = seen.iter().filter(is_late).map(|seen| seen.at - end);
        oldest = late.fold(oldest, f64::max);
    }
    oldest
}
