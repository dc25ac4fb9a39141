//! The rate budget of the environment: groups of shares take turns.

use std::sync::Arc;

use covibe_sandbox::workos::CLIENT_ID;
use covibe_upstream::Share;
use covibe_workos::{Rate, WorkOs, WorkOsConfig};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::simulated_workos::World;

/// The number of companies each of which always has a call that waits.
const OTHERS: usize = 20;

/// Returns a client that makes a call every tenth of a second.
fn slow_client(world: &World) -> WorkOs {
    let mut config = WorkOsConfig::new(CLIENT_ID, world.workos.token.clone()).unwrap();
    config.base = world.workos.url.parse().unwrap();
    config.rate = Rate { per_minute: 600, burst: 1 };
    WorkOs::new(config).unwrap()
}

/// Looks for a person whose id names who looks.
async fn look_for(client: &WorkOs, id: &str) -> bool {
    client.user(&id.parse().unwrap()).await.is_ok()
}

#[tokio::test]
async fn twenty_busy_companies_do_not_delay_a_sign_in() {
    let world = World::new().await;
    let client = slow_client(&world);
    let own = client.for_share(Share::new("sign-ins", "192.0.2.1"));
    // It takes the only call that can be made at once.
    assert!(look_for(&own, "user_first").await);
    world.workos.clear_requests();
    let (waiting, mut calls) = (Arc::new(Semaphore::new(0)), JoinSet::new());
    for number in 0..OTHERS {
        let other = client.for_share(Share::new("companies", &number.to_string()));
        let waiting = Arc::clone(&waiting);
        calls.spawn(async move {
            // Nobody else runs before the call waits for its turn.
            waiting.add_permits(1);
            while look_for(&other, "user_other").await {}
        });
    }
    let _all = waiting.acquire_many(OTHERS.try_into().unwrap()).await.unwrap();
    assert!(look_for(&own, "user_own").await);
    let requests = world.workos.requests();
    let mut requests = requests.iter();
    let before = requests.position(|request| request.path.ends_with("/user_own")).unwrap();
    assert!(before < OTHERS / 2, "{before} calls came first");
}
