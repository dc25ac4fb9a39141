//! The times of the console's pages, for `cargo xtask bench`.
//!
//! Prints one JSON object: the times of each page beside those of `workspace.describe`, taken in turns by one person
//! who is signed in, over simulated upstreams that answer at once; and the number of upstream calls of a page while
//! no list is remembered, with their time if each takes 50 ms.

use std::time::{Duration, Instant};

use covibe_domain::entities::Role;
use covibe_testkit_http::{Options, Person, World, upstream_calls};
use serde_json::{Value, json};

use super::Outcome;

const PAGES: [&str; 9] = [
    "/console",
    "/console/code",
    "/console/live",
    "/console/activity",
    "/console/audit",
    "/console/settings/keys",
    "/console/settings/agents",
    "/console/settings/people",
    "/console/settings/profile",
];

/// The time that an upstream takes for an answer while the calls of a page are counted.
const LATENCY: Duration = Duration::from_millis(50);

/// Longer than a list of an upstream is remembered.
const FORGOTTEN: Duration = Duration::from_millis(2_100);

/// The number of rounds, and the number of requests for each page in one.
const ROUNDS: usize = 10;
const TIMES: usize = 20;

/// The number of apps, of databases and of repositories that the pages show.
const RESOURCES: usize = 5;

/// Measures the pages.
pub(super) async fn take() -> Outcome<Value> {
    let world = World::start(Options::default()).await.ok_or("SQLite is built in")?;
    fill(&world).await;
    let mut person = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    // Releases and hosts of upstreams are remembered for longer than their lists.
    for page in PAGES {
        expect(person.get(page).await.status, page)?;
    }
    let mut waits = Vec::new();
    for page in PAGES {
        waits.push(waits_for_upstreams(&world, &mut person, page).await?);
    }
    let mut described = Vec::new();
    let mut shown = vec![Vec::new(); PAGES.len()];
    for _ in 0..ROUNDS {
        for _ in 0..TIMES {
            let begun = Instant::now();
            let answer = world.mark.agent.send("GET", "/api/workspaces/mark", &[], None).await;
            described.push(begun.elapsed());
            expect(answer.status, "workspace.describe")?;
        }
        for (page, times) in PAGES.iter().zip(&mut shown) {
            for _ in 0..TIMES {
                let begun = Instant::now();
                let answer = person.get(page).await;
                times.push(begun.elapsed());
                expect(answer.status, page)?;
            }
        }
    }
    let pages = PAGES.iter().zip(shown).zip(waits);
    let pages: Vec<_> = pages
        .map(|((path, times), (calls, sequence))| {
            json!({ "path": path, "times": spread(times), "calls": calls, "sequence": sequence })
        })
        .collect();
    world.stop().await;
    Ok(json!({ "describe": spread(described), "pages": pages }))
}

fn expect(status: u16, what: &str) -> Outcome<()> {
    if status == 200 { Ok(()) } else { Err(format!("{what}: status {status}").into()) }
}

/// Creates the resources that the pages show.
async fn fill(world: &World) {
    let agent = &world.mark.agent;
    for number in 0..RESOURCES {
        let name = |kind: &str| format!("{kind}-{number}");
        let app = json!({ "image": "nginx:1.27", "name": name("app"), "instantDeploy": false });
        agent.compact("apps.create", &app).await.expect("an app");
        let database = json!({ "name": name("data"), "type": "postgresql" });
        agent.compact("databases.create", &database).await.expect("a database");
        agent
            .compact("repos.create", &json!({ "name": name("code") }))
            .await
            .expect("a repository");
    }
}

/// Returns the number of upstream calls of a page while no list is remembered, and an upper bound of those that it
/// makes in sequence: the page's time divided by the time of one call.
async fn waits_for_upstreams(
    world: &World,
    person: &mut Person,
    page: &str,
) -> Outcome<(usize, usize)> {
    tokio::time::sleep(FORGOTTEN).await;
    upstream_calls::clear(world);
    let upstreams = [&world.coolify, &world.gitea, &world.cloud, &world.registrar];
    for upstream in upstreams {
        upstream.set_latency(LATENCY);
    }
    let begun = Instant::now();
    let answer = person.get(page).await;
    let took = begun.elapsed();
    for upstream in upstreams {
        upstream.set_latency(Duration::ZERO);
    }
    expect(answer.status, page)?;
    let made = upstream_calls::all_received(world).len();
    let fit = usize::try_from(took.as_millis() / LATENCY.as_millis())?;
    Ok((made, fit.min(made)))
}

/// Returns the median and the 99th percentile, in milliseconds.
fn spread(mut times: Vec<Duration>) -> Value {
    times.sort_unstable();
    let at = |per_cent: usize| times[(times.len() * per_cent / 100).min(times.len() - 1)];
    json!({ "median": at(50).as_secs_f64() * 1e3, "p99": at(99).as_secs_f64() * 1e3 })
}
