//! The contents of a project are fetched once for many, and anew after a write in it.

use std::time::Duration;

use covibe_coolify::{Cause, Client, Config};
use covibe_sandbox::coolify::{Version, start};
use covibe_sandbox::faults::{Fault, Name};

use crate::simulated_coolify::{World, config, options, world};

/// Returns the number of times that contents were fetched.
fn fetches(world: &World) -> usize {
    let requests = world.simulator.requests();
    let is_fetch = |path: &str| path.ends_with("/production");
    requests.iter().filter(|request| request.method == "GET" && is_fetch(&request.path)).count()
}

/// A client that keeps contents for an hour.
fn patient(world: &World) -> Client {
    let usual = config(&world.simulator, Duration::from_secs(10));
    Client::new(Config { lists_for: Duration::from_hours(1), ..usual }).unwrap()
}

#[tokio::test]
async fn concurrent_reads_of_a_projects_contents_share_one_fetch() {
    let world = world(options(Version::V4_3)).await;
    let client = patient(&world);
    let clients = (0..20).map(|share| client.for_share(format!("share-{share}").as_str()));
    let clients: Vec<_> = clients.collect();
    let calls = clients.iter().map(|client| world.contents_by(client));
    let all = futures_util::future::try_join_all(calls).await.unwrap();
    assert!(all.iter().all(|contents| contents.applications.is_empty()));
    assert_eq!(fetches(&world), 1);
}

#[tokio::test]
async fn cached_contents_are_fetched_again_after_their_lifetime() {
    let simulator = start(options(Version::V4_3)).await.unwrap();
    let usual = config(&simulator, Duration::from_secs(10));
    assert_eq!(usual.lists_for, Duration::from_secs(2));
    let project = Client::new(usual.clone()).unwrap().create_project("site", "").await.unwrap();
    for (lists_for, fetches) in [(Duration::from_hours(1), 1), (Duration::ZERO, 2)] {
        simulator.clear_requests();
        let client = Client::new(Config { lists_for, ..usual.clone() }).unwrap();
        for _ in 0..2 {
            client.contents(&project, &["production".to_owned()]).await.unwrap();
        }
        assert_eq!(simulator.requests().len(), fetches, "{lists_for:?}");
    }
}

#[tokio::test]
async fn a_write_in_a_project_invalidates_its_cached_contents() {
    let world = world(options(Version::V4_3)).await;
    assert!(world.contents().await.applications.is_empty());
    world.site().await;
    let other = world.client.for_share("other");
    assert_eq!(world.contents_by(&other).await.unwrap().applications.len(), 1);
}

#[tokio::test]
async fn a_write_in_another_project_keeps_the_cached_contents() {
    let mut world = world(options(Version::V4_3)).await;
    world.client = patient(&world);
    let project = world.client.create_project("vibn-ws-other", "").await.unwrap();
    world.contents().await;
    let other = world.client.in_project(&project);
    let mut at = world.placement();
    at.project = project;
    let new = World::repository_application("a");
    other.create_repository_application(&at, &new).await.unwrap();
    world.contents().await;
    assert_eq!(fetches(&world), 1);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_invalidates_the_cached_contents() {
    let world = world(options(Version::V4_3)).await;
    assert!(world.contents().await.applications.is_empty());
    world.simulator.arm(Fault::new(Name::DropAfter).on("POST", "/applications/public"));
    let error = world
        .client
        .create_repository_application(&world.placement(), &World::repository_application("a"))
        .await
        .unwrap_err();
    assert_eq!(error.cause, Cause::Dropped);
    assert_eq!(world.contents().await.applications.len(), 1);
}

#[tokio::test]
async fn a_failed_fetch_is_shared_by_concurrent_readers_but_not_cached() {
    let world = world(options(Version::V4_3)).await;
    world.simulator.clear_requests();
    world.simulator.arm(Fault::new(Name::Status).on("GET", "/projects/*/production$"));
    let both = tokio::join!(world.contents_by(&world.client), world.contents_by(&world.client));
    assert!(both.0.is_err() && both.1.is_err());
    assert_eq!(fetches(&world), 1);
    assert!(world.contents_by(&world.client).await.is_ok());
}
