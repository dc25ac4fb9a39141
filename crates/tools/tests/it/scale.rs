//! Resources of other workspaces cost a workspace nothing.

use covibe_sandbox::coolify::Neighbours;
use covibe_testkit::operations::{Cost, costs};
use covibe_testkit::{Options, World};

async fn costs_beside(neighbours: Neighbours) -> Vec<Cost> {
    let mut options = Options::default();
    options.coolify.neighbours = neighbours;
    let world = World::start(options).await.expect("SQLite is built in");
    let costs = costs(&world).await;
    world.stop().await;
    costs
}

/// Returns the calls of an operation, without the one that the whole cell makes in half a minute, whoever starts something
/// then.
fn own(cost: &Cost) -> Vec<&String> {
    cost.calls.iter().filter(|call| !call.starts_with("GET /servers/")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_and_bytes_do_not_grow_with_what_others_have() {
    let few = costs_beside(Neighbours { applications: 10, services: 2, databases: 1 }).await;
    let many = costs_beside(Neighbours { applications: 500, services: 100, databases: 50 }).await;
    for (few, many) in few.iter().zip(&many) {
        assert_eq!(own(few), own(many), "{} {}", few.tool, few.of);
        // Numeric ids are longer there.
        let most = few.bytes * 21 / 20 + 100;
        assert!(many.bytes <= most, "{} {}: {} of {most}", few.tool, few.of, many.bytes);
    }
}
