//! The maximum number of calls to Coolify of each operation, once it knows the version, the server and the project's
//! environments.

use std::time::{Duration, Instant};

use covibe_testkit::operation_costs::costs;
use covibe_testkit::upstream_calls::{Upstream, UpstreamCall, received_calls};
use covibe_testkit::{Options, World};
use serde_json::json;

/// Lists of the whole instance, which take long where there are many workspaces.
const WHOLE_INSTANCE: [&str; 4] =
    ["GET /applications$", "GET /services$", "GET /databases$", "GET /resources$"];

/// Reads the project's environments, which are then known for a while.
const ENVIRONMENTS: &str = "GET /projects/*$";

/// The shortest time for which they are known.
const ENVIRONMENTS_FOR: Duration = Duration::from_secs(10);

/// Asks whether Coolify reaches its server, which is known for ten of the pauses between two looks at the queue.
const SERVER: &str = "GET /servers/*$";

/// The maximum number of calls to Coolify of each operation. Those that only prove something, or that Coolify
/// requires besides the change itself, are named.
const BUDGET: [(&str, &str, usize); 25] = [
    // What was stored, and the tenant's deployments.
    ("apps.create", "image", 5),
    // The clone URL and the commit, which no creation takes.
    ("apps.create", "repo", 6),
    ("auth.create", "auth", 4),
    // A second parse, whose result is judged before the start.
    ("apps.create", "compose", 6),
    ("databases.create", "db", 4),
    ("databases.create", "keydb", 4),
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
async fn no_operation_exceeds_its_budget_of_coolify_calls() {
    let world = World::embedded().await;
    let begun = Instant::now();
    let costs = costs(&world).await;
    let terms = begun.elapsed().as_secs() / ENVIRONMENTS_FOR.as_secs();
    assert_eq!(costs.len(), BUDGET.len());
    let (mut refreshed, mut reached) = (0, 0);
    let looks =
        begun.elapsed().as_millis() / (Options::default().settings.queue_look * 10).as_millis();
    for (cost, (tool, of, most)) in costs.iter().zip(BUDGET) {
        assert_eq!((cost.tool, cost.of), (tool, of));
        let (known, made): (Vec<_>, Vec<_>) =
            cost.calls.iter().partition(|call| [ENVIRONMENTS, SERVER].contains(&call.as_str()));
        let (asked, known): (Vec<_>, Vec<_>) = known.into_iter().partition(|call| *call == SERVER);
        reached += asked.len();
        refreshed += u64::try_from(known.len()).expect("a few");
        assert!(made.len() <= most, "{tool} {of} makes {} of {most}: {made:?}", made.len());
        let is_whole = |call: &&String| WHOLE_INSTANCE.contains(&call.as_str());
        assert!(!made.iter().any(is_whole), "{tool} {of}: {made:?}");
    }
    assert!(refreshed <= 1 + terms, "the environments were read {refreshed} times");
    let reached = u128::try_from(reached).expect("a few");
    assert!(reached <= 1 + looks, "the server was asked for {reached} times");
}

/// The maximum numbers of calls to Gitea and to Coolify of each operation on repositories, in this order.
const REPOSITORIES: [(&str, [usize; 2]); 8] = [
    // Whether the name is free (two tokens look), its branches, its commit, and the description that
    // replaces the mark.
    ("repos.create", [10, 0]),
    ("repos.list", [1, 0]),
    ("repos.tree", [3, 0]),
    // One for each file besides.
    ("repos.read", [5, 0]),
    // The repository, the branch, its tree, the commit, and the branch again.
    ("repos.commit", [5, 0]),
    ("repos.commit", [4, 0]),
    // All that repos.create costs, the tree that is judged, and what an app of a repository costs.
    ("apps.create", [16, 8]),
    // Which names the organisation has, because an app may be built by a former one.
    ("repos.delete", [4, 1]),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_repository_tool_exceeds_its_budget_of_upstream_calls() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    agent
        .compact("apps.create", &json!({ "image": "nginx:1.27", "name": "first" }))
        .await
        .expect("it");
    let page: serde_json::Map<_, _> =
        (0..29).map(|at| (format!("pages/{at}.html"), json!("x"))).collect();
    let mut page = json!(page);
    page["index.html"] = json!("x");
    let commit =
        json!({ "repo": "code", "message": "x", "files": [{ "path": "b", "content": "c" }] });
    let calls = [
        json!({ "name": "code", "files": { "a": "a", "b": "b" } }),
        json!({}),
        json!({ "repo": "code" }),
        json!({ "repo": "code", "paths": ["a", "b"] }),
        commit.clone(),
        commit,
        json!({ "name": "site", "files": page }),
        json!({ "repo": "code", "confirm": "code" }),
    ];
    for ((tool, most), params) in REPOSITORIES.into_iter().zip(calls) {
        world.gitea.clear_requests();
        world.coolify.clear_requests();
        agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"));
        for (upstream, most) in [Upstream::Gitea, Upstream::Coolify].into_iter().zip(most) {
            let made = received_calls(&world, upstream);
            // Coolify clones what is deployed.
            let is_git = |path: &str| path.ends_with("/info/refs$") || path.ends_with("-pack$");
            let counts = |call: &&UpstreamCall| {
                format!("{} {}", call.method, call.path) != ENVIRONMENTS && !is_git(&call.path)
            };
            let made: Vec<_> = made.iter().filter(counts).collect();
            assert!(made.len() <= most, "{tool}: {} of {most}: {made:#?}", made.len());
        }
    }
}
