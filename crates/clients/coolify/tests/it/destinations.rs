//! The destination that a creation names.

use std::time::Duration;

use covibe_coolify::{Client, OwnDestination, Placement};
use covibe_domain::{ServerUuid, names};
use covibe_sandbox::coolify::{DESTINATION, Version};
use serde_json::{Value, json};

use crate::simulated_coolify::{World, config, options, world};

/// A client to which no destination is configured.
fn client_without_destination(world: &World) -> Client {
    let mut config = config(&world.simulator, Duration::from_secs(10));
    config.destination = None;
    Client::new(config).unwrap()
}

/// The destination that a creation of this client names.
async fn named_destination(world: &World, client: &Client, at: &Placement, name: &str) -> Value {
    let new = World::image_application(name, "nginx:alpine");
    client.create_image_application(at, &new).await.unwrap();
    let mut sent = world.simulator.requests();
    sent.retain(|request| request.path.ends_with("/applications/dockerimage"));
    let body = sent.pop().unwrap().body.unwrap();
    body["destination_uuid"].clone()
}

#[tokio::test]
async fn a_creation_uses_the_workspaces_own_destination_or_else_the_shared_one() {
    let world = world(options(Version::V4_3)).await;
    let client = client_without_destination(&world);
    let shared = world.placement();
    assert_eq!(named_destination(&world, &client, &shared, "first").await, json!(DESTINATION));
    let server = client.server().await.unwrap();
    let network = names::workspace_network(&world.project);
    let uuid = client.create_destination(&server, "vibn-ws-mark", &network).await.unwrap();
    let again = client.create_destination(&server, "vibn-ws-mark", &network).await;
    assert!(again.unwrap_err().is_conflict());
    let listed = client.destinations(&server).await.unwrap();
    assert_eq!(listed.iter().find(|one| one.network == network).unwrap().uuid, uuid);
    let own = |server: ServerUuid| {
        let destination = Some(OwnDestination { server, uuid: uuid.clone() });
        Placement { destination, ..world.placement() }
    };
    assert_eq!(named_destination(&world, &client, &own(server), "own").await, json!(uuid));
    // Nobody decides anew: the second destination of the server is a workspace's.
    let other = client_without_destination(&world);
    assert_eq!(named_destination(&world, &other, &shared, "second").await, json!(DESTINATION));
    let elsewhere = own("s000000000000000000000001".parse().unwrap());
    assert_eq!(
        named_destination(&world, &other, &elsewhere, "elsewhere").await,
        json!(DESTINATION)
    );
}

#[tokio::test]
async fn deleting_an_unused_destination_succeeds_even_when_repeated() {
    let world = world(options(Version::V4_3)).await;
    let (client, server) = (&world.client, world.client.server().await.unwrap());
    let network = names::workspace_network(&world.project);
    let uuid = client.create_destination(&server, "vibn-ws-mark", &network).await.unwrap();
    for _ in 0..2 {
        client.delete_destination(&uuid).await.unwrap();
    }
    assert_eq!(client.destinations(&server).await.unwrap().len(), 1);
}

/// Coolify would take the only one that is left.
#[tokio::test]
async fn a_creation_is_refused_if_the_workspaces_destination_was_deleted() {
    let world = world(options(Version::V4_3)).await;
    let (client, server) =
        (client_without_destination(&world), world.client.server().await.unwrap());
    let network = names::workspace_network(&world.project);
    let uuid = client.create_destination(&server, "vibn-ws-mark", &network).await.unwrap();
    client.delete_destination(&uuid).await.unwrap();
    let at = Placement { destination: Some(OwnDestination { server, uuid }), ..world.placement() };
    let new = World::image_application("lost", "nginx:alpine");
    let refused = client.create_image_application(&at, &new).await.unwrap_err();
    assert!(refused.to_string().contains("no longer has the destination"), "{refused}");
    assert!(world.contents().await.applications.iter().all(|app| app.name != "lost"));
}

#[tokio::test]
async fn a_creation_on_an_older_release_names_no_destination() {
    let world = world(options(Version::V4_1)).await;
    let client = client_without_destination(&world);
    assert_eq!(named_destination(&world, &client, &world.placement(), "first").await, Value::Null);
}

#[tokio::test]
async fn a_destination_for_a_network_that_is_not_a_workspaces_is_refused() {
    let world = world(options(Version::V4_3)).await;
    let server = world.client.server().await.unwrap();
    for network in ["coolify", "host", "covibe-mark"] {
        let refused = world.client.create_destination(&server, "vibn-ws-mark", network).await;
        assert!(refused.is_err(), "{network}");
    }
    assert!(!world.simulator.requests().iter().any(|it| it.path.ends_with("/destinations")));
}
