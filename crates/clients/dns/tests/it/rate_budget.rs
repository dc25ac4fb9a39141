//! The rate budget of the project: tenants take turns.

use std::sync::Arc;

use covibe_dns::{CloudDns, Config, Error, Owner, Provider as _, Share};
use covibe_upstream::{Expiry, Rate};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::simulated_google_cloud::{World, config, name};

/// The number of workspaces of the other tenant, each of which always has a call that waits.
const OTHERS: usize = 20;

/// Looks for the zone of a domain.
async fn look_for(client: &CloudDns, domain: &str) -> Result<(), Error> {
    client.zone(&name(domain), &Owner::new("ws_1").unwrap()).await.map(drop)
}

/// Returns a client that makes a call every tenth of a second.
fn slow_client(world: &World) -> CloudDns {
    let rate = Rate { per_minute: 600, burst: 1 };
    let config = config(&world.cloud, "covibe-sandbox", Expiry::default());
    CloudDns::new(Config { rate, ..config }).unwrap()
}

#[tokio::test]
async fn twenty_busy_workspaces_of_a_tenant_do_not_delay_another_tenant() {
    let world = World::new().await;
    let client = slow_client(&world);
    let own = client.for_share(Share::new("beta", "shop"));
    // It gets the token of all clients, and takes the only call that can be made at once.
    look_for(&own, "first.ca").await.unwrap();
    world.cloud.clear_requests();
    let (waiting, mut calls) = (Arc::new(Semaphore::new(0)), JoinSet::new());
    for number in 0..OTHERS {
        let other = client.for_share(Share::new("acme", &number.to_string()));
        let waiting = Arc::clone(&waiting);
        calls.spawn(async move {
            // Nobody else runs before the call waits for its turn.
            waiting.add_permits(1);
            while look_for(&other, "other.ca").await.is_ok() {}
        });
    }
    let _all = waiting.acquire_many(OTHERS.try_into().unwrap()).await.unwrap();
    look_for(&own, "own.ca").await.unwrap();
    let requests = world.cloud.requests();
    let mut requests = requests.iter();
    let before = requests.position(|request| request.path.contains("vibn-own-ca-")).unwrap();
    assert!(before < OTHERS / 2, "{before} calls came first");
}
