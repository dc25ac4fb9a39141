//! Lists are fetched once for many, and anew after a write.

use std::time::Duration;

use covibe_coolify::{Cause, Client, Config};
use covibe_sandbox::coolify::{Version, start};
use covibe_sandbox::faults::{Fault, Name};

use crate::world::{World, config, options, world};

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
    let patient = Config {
        lists_for: Duration::from_hours(1),
        ..config(&world.simulator, Duration::from_secs(10))
    };
    let client = Client::new(patient).unwrap();
    let calls: Vec<_> = (0..20)
        .map(|share| {
            let client = client.for_share(&format!("share-{share}"));
            tokio::spawn(async move { client.applications().await.unwrap().len() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), client.applications().await.unwrap().len());
    }
    assert_eq!(lists(&world), 1);
}

#[tokio::test]
async fn a_list_is_fetched_again_after_its_lifetime() {
    let simulator = start(options(Version::V4_3)).await.unwrap();
    let usual = config(&simulator, Duration::from_secs(10));
    assert_eq!(usual.lists_for, Duration::from_secs(2));
    for (lists_for, fetches) in [(Duration::from_hours(1), 1), (Duration::ZERO, 2)] {
        simulator.clear_requests();
        let client = Client::new(Config { lists_for, ..usual.clone() }).unwrap();
        client.applications().await.unwrap();
        client.applications().await.unwrap();
        assert_eq!(simulator.requests().len(), fetches, "{lists_for:?}");
    }
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
