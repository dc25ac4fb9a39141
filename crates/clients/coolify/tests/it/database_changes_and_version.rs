//! Databases that are changed, and the version that is probed.

use covibe_coolify::{Cause, Conflict, DatabasePatch, Effect, Limits, Support};
use covibe_domain::DatabaseUuid;
use covibe_domain::entities::Flavor;
use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};

use crate::call_catalog::database_patch;
use crate::simulated_coolify::{World, options, world};

async fn database(world: &World, flavor: Flavor) -> DatabaseUuid {
    let new = World::database(flavor.as_str());
    world.client.create_database(&world.placement(), flavor, &new).await.unwrap().uuid
}

#[tokio::test]
async fn a_database_of_every_flavor_is_updated_and_read_back() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        for (port, flavor) in (20_000..).zip(Flavor::ALL) {
            let uuid = database(&world, *flavor).await;
            let before = world.client.database(&uuid).await.unwrap();
            let patch = DatabasePatch {
                image: Some("example/image:2".to_owned()),
                is_public: Some(true),
                public_port: Some(port),
                limits: Limits { memory: Some("512m".to_owned()), ..Limits::default() },
                ..database_patch()
            };
            world.client.update_database(&uuid, &patch).await.unwrap();
            let after = world.client.database(&uuid).await.unwrap();
            assert_eq!((after.name.as_str(), after.flavor), ("renamed-db", Some(*flavor)));
            assert_eq!(after.image.as_deref(), Some("example/image:2"));
            assert_eq!((after.is_public, after.public_port), (true, Some(port)));
            assert_eq!(after.internal_url, before.internal_url);
            assert!(after.external_url.is_some() && before.external_url.is_none());
            let listed = world.client.all_databases().await.unwrap();
            assert!(listed.iter().any(|listed| listed.uuid == uuid && listed.is_public));
            let patch = DatabasePatch { is_public: Some(false), ..DatabasePatch::default() };
            world.client.update_database(&uuid, &patch).await.unwrap();
            assert!(world.client.database(&uuid).await.unwrap().external_url.is_none());
        }
    }
}

#[tokio::test]
async fn a_used_public_port_is_a_conflict_and_an_empty_patch_sends_nothing() {
    let world = world(options(Version::V4_3)).await;
    let [first, second] =
        [database(&world, Flavor::Redis).await, database(&world, Flavor::Mysql).await];
    let patch = DatabasePatch {
        is_public: Some(true),
        public_port: Some(20_000),
        ..DatabasePatch::default()
    };
    world.client.update_database(&first, &patch).await.unwrap();
    world.client.update_database(&first, &patch).await.unwrap();
    let error = world.client.update_database(&second, &patch).await.unwrap_err();
    assert_eq!(error.effect, Effect::None);
    assert!(matches!(error.cause, Cause::Conflict(Conflict::Port)));
    world.simulator.clear_requests();
    world.client.update_database(&second, &DatabasePatch::default()).await.unwrap();
    assert!(world.simulator.requests().is_empty());
}

#[tokio::test]
async fn the_version_of_every_release_is_parsed_and_supported() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let probed = world.client.probed().await.unwrap();
        assert_eq!(probed.support(), Support::Supported);
        assert_eq!(probed, version.text().parse().unwrap());
    }
}

#[tokio::test]
async fn an_invalid_version_text_is_reported_as_malformed() {
    let world = world(options(Version::V4_3)).await;
    world.simulator.arm(Fault::new(Name::Malformed).on("GET", "/version"));
    assert_eq!(world.client.probed().await.unwrap_err().cause, Cause::Malformed);
}
