//! How many calls to Coolify an operation makes at most, once it knows the version, the server and the
//! project's environments.

use std::time::{Duration, Instant};

use covibe_testkit::World;
use covibe_testkit::operations::costs;

/// Lists of the whole instance, which take long where there are many workspaces.
const WHOLE_INSTANCE: [&str; 4] =
    ["GET /applications$", "GET /services$", "GET /databases$", "GET /resources$"];

/// Reads the project's environments, which are then known for a while.
const ENVIRONMENTS: &str = "GET /projects/*$";

/// How long they are known at least.
const ENVIRONMENTS_FOR: Duration = Duration::from_secs(10);

/// How many calls to Coolify each of the operations may make. Those that only prove something, or that
/// Coolify requires besides the change itself, are named.
const BUDGET: [(&str, &str, usize); 25] = [
    // What was stored, and the tenant's deployments.
    ("apps.create", "image", 5),
    // The clone URL and the commit, which no creation takes, and what was stored of them.
    ("apps.create", "repo", 7),
    ("auth.create", "auth", 3),
    // A second parse, whose result is judged before the start.
    ("apps.create", "compose", 6),
    ("databases.create", "db", 3),
    ("databases.create", "keydb", 3),
    ("apps.list", "", 1),
    ("auth.list", "", 1),
    // One for each KeyDB, Dragonfly and ClickHouse.
    ("databases.list", "", 1 + 1),
    ("apps.get", "image", 3),
    ("apps.get", "compose", 2),
    ("auth.get", "auth", 2),
    ("databases.get", "db", 1),
    ("apps.update", "image", 3),
    ("apps.update", "image", 3),
    ("apps.domains.set", "image", 3),
    // Whether something names a database (two calls), and a second parse, whose result is judged.
    ("apps.domains.set", "compose", 6),
    ("apps.envs.list", "image", 2),
    ("apps.envs.upsert", "image", 4),
    ("apps.envs.delete", "image", 5),
    ("apps.deploy", "image", 3),
    ("apps.deployments", "image", 2),
    // Which kind it is, the deployments under way, and whether a change waits.
    ("apps.control", "image", 4),
    ("apps.control", "image", 3),
    ("databases.control", "db", 1),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_makes_more_calls_than_it_needs() {
    let world = World::embedded().await;
    let begun = Instant::now();
    let costs = costs(&world).await;
    let terms = begun.elapsed().as_secs() / ENVIRONMENTS_FOR.as_secs();
    assert_eq!(costs.len(), BUDGET.len());
    let mut refreshed = 0;
    for (cost, (tool, of, most)) in costs.iter().zip(BUDGET) {
        assert_eq!((cost.tool, cost.of), (tool, of));
        let (known, made): (Vec<_>, Vec<_>) =
            cost.calls.iter().partition(|call| *call == ENVIRONMENTS);
        refreshed += u64::try_from(known.len()).expect("a few");
        assert!(made.len() <= most, "{tool} {of} makes {} of {most}: {made:?}", made.len());
        let is_whole = |call: &&String| WHOLE_INSTANCE.contains(&call.as_str());
        assert!(!made.iter().any(is_whole), "{tool} {of}: {made:?}");
    }
    assert!(refreshed <= 1 + terms, "the environments were read {refreshed} times");
}
