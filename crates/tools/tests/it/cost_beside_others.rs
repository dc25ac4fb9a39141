//! Resources of other workspaces cost a workspace nothing.

use covibe_sandbox::coolify::Neighbours;
use covibe_testkit::cost_beside_others::{self, Step};
use covibe_testkit::operation_costs::{Cost, costs};
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
async fn calls_and_bytes_of_a_workspace_do_not_grow_with_resources_of_others() {
    let few = costs_beside(Neighbours {
        applications: 10,
        services: 2,
        databases: 1,
        ..Neighbours::default()
    })
    .await;
    let many = costs_beside(Neighbours {
        applications: 500,
        services: 100,
        databases: 50,
        workspaces: 300,
    })
    .await;
    for (few, many) in few.iter().zip(&many) {
        assert_eq!(own(few), own(many), "{} {}", few.tool, few.of);
        // Numeric ids are longer there.
        let most = few.bytes * 21 / 20 + 100;
        assert!(many.bytes <= most, "{} {}: {} of {most}", few.tool, few.of, many.bytes);
    }
}

async fn steps_beside(workspaces: usize) -> Vec<Step> {
    let world =
        World::start(cost_beside_others::beside(workspaces)).await.expect("SQLite is built in");
    let steps = cost_beside_others::steps(&world).await;
    world.stop().await;
    steps
}

#[tokio::test(flavor = "multi_thread")]
async fn server_start_and_workspace_costs_do_not_grow_with_the_number_of_workspaces() {
    let (few, many) = (steps_beside(2).await, steps_beside(400).await);
    for (few, many) in few.iter().zip(&many) {
        assert_eq!(few.calls, many.calls, "{}", few.name);
        let most = few.bytes * 21 / 20 + 100;
        assert!(many.bytes <= most, "{}: {} of {most}: {:#?}", few.name, many.bytes, many.calls);
    }
}
