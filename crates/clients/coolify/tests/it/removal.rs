//! Removal: with all switches sent, with or without volumes, and delayed.

use std::time::Duration;

use covibe_coolify::Volumes;
use covibe_domain::entities::Flavor;
use covibe_sandbox::coolify::{Collection, Options, Version};

use crate::simulated_coolify::{World, options, world};

#[tokio::test]
async fn a_removal_sends_all_four_switches_and_deletes_volumes_only_if_requested() {
    for version in Version::ALL {
        for (volumes, told) in [(Volumes::Keep, "false"), (Volumes::Delete, "true")] {
            let world = world(options(version)).await;
            let app = world.site().await;
            let new = World::database("db");
            let made = world.client.create_database(&world.placement(), Flavor::Mysql, &new).await;
            let database = made.unwrap().uuid;
            let new = World::compose_service("stack");
            let service =
                world.client.create_compose_service(&world.placement(), &new).await.unwrap();
            let before = world.simulator.count(Collection::Volumes);
            world.simulator.clear_requests();
            world.client.delete_application(&app, volumes).await.unwrap();
            world.client.delete_database(&database, volumes).await.unwrap();
            world.client.delete_service(&service, volumes).await.unwrap();
            let requests = world.simulator.requests();
            assert_eq!(requests.len(), 3);
            for request in requests {
                let query: Vec<_> =
                    request.query.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
                let expected = [
                    ("delete_configurations", "true"),
                    ("delete_connected_networks", "true"),
                    ("delete_volumes", told),
                    ("docker_cleanup", "false"),
                ];
                assert_eq!(query, expected, "{}", request.path);
            }
            let gone = before - world.simulator.count(Collection::Volumes);
            assert_eq!(gone, if volumes == Volumes::Keep { 0 } else { 3 });
        }
    }
}

#[tokio::test]
async fn a_removed_resource_is_listed_until_coolify_removes_it() {
    let deletion = Some(Duration::from_millis(200));
    let world = world(Options { deletion, ..options(Version::V4_3) }).await;
    let (client, at) = (&world.client, world.placement());
    let app = world.site().await;
    let made = client.create_database(&at, Flavor::Mysql, &World::database("db")).await;
    let database = made.unwrap().uuid;
    let service =
        client.create_compose_service(&at, &World::compose_service("stack")).await.unwrap();
    for _ in 0..2 {
        client.delete_application(&app, Volumes::Keep).await.unwrap();
        client.delete_database(&database, Volumes::Keep).await.unwrap();
        client.delete_service(&service, Volumes::Keep).await.unwrap();
    }
    assert!(client.find_application(&app).await.unwrap().is_some());
    assert!(client.find_database(&database).await.unwrap().is_some());
    assert!(client.find_service(&service).await.unwrap().is_some());
    tokio::time::sleep(Duration::from_millis(220)).await;
    assert!(client.find_application(&app).await.unwrap().is_none());
    assert!(client.find_database(&database).await.unwrap().is_none());
    assert!(client.find_service(&service).await.unwrap().is_none());
    // It is gone already, so the removal succeeds.
    client.delete_application(&app, Volumes::Delete).await.unwrap();
    client.delete_database(&database, Volumes::Delete).await.unwrap();
    client.delete_service(&service, Volumes::Delete).await.unwrap();
}

#[tokio::test]
async fn contents_are_fetched_again_after_a_removal() {
    let deletion = Some(Duration::ZERO);
    let world = world(Options { deletion, ..options(Version::V4_3) }).await;
    let app = world.site().await;
    let listed = world.contents().await;
    assert!(listed.applications.iter().any(|listed| listed.uuid == app));
    world.client.delete_application(&app, Volumes::Keep).await.unwrap();
    let listed = world.contents().await;
    assert!(listed.applications.iter().all(|listed| listed.uuid != app));
}
