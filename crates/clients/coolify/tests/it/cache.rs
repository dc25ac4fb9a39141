//! Lists are fetched once for many, and anew after a write.

use std::time::Duration;

use covibe_coolify::Cause;
use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};

use crate::world::{World, options, world};

fn lists(world: &World) -> usize {
    let requests = world.simulator.requests();
    requests
        .iter()
        .filter(|request| request.method == "GET" && request.path == "/api/v1/applications")
        .count()
}

#[tokio::test]
async fn many_callers_share_one_fetch() {
    let world = world(options(Version::V4_3)).await;
    let calls: Vec<_> = (0..20)
        .map(|share| {
            let client = world.client.for_share(&format!("share-{share}"));
            tokio::spawn(async move { client.applications().await.unwrap().len() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), world.client.applications().await.unwrap().len());
    }
    assert_eq!(lists(&world), 1);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    world.client.applications().await.unwrap();
    assert_eq!(lists(&world), 2);
}

#[tokio::test]
async fn a_write_is_seen_at_once() {
    let world = world(options(Version::V4_3)).await;
    let before = world.client.applications().await.unwrap().len();
    world.site().await;
    assert_eq!(world.client.for_share("other").applications().await.unwrap().len(), before + 1);
}

#[tokio::test]
async fn a_write_that_ended_badly_is_seen_too() {
    let world = world(options(Version::V4_3)).await;
    let before = world.client.applications().await.unwrap().len();
    world.simulator.arm(Fault::new(Name::DropAfter).on("POST", "/applications/public"));
    let error = world
        .client
        .create_repository_application(&world.at(), &World::repository_application("a"))
        .await
        .unwrap_err();
    assert_eq!(error.cause, Cause::Dropped);
    assert_eq!(world.client.applications().await.unwrap().len(), before + 1);
}

#[tokio::test]
async fn a_failure_is_shared_by_those_who_wait_and_kept_for_nobody() {
    let world = world(options(Version::V4_3)).await;
    world.simulator.clear_requests();
    world.simulator.arm(Fault::new(Name::Status).on("GET", "/applications$"));
    let both = tokio::join!(world.client.applications(), world.client.applications());
    assert!(both.0.is_err() && both.1.is_err());
    assert_eq!(lists(&world), 1);
    assert!(world.client.applications().await.is_ok());
}
