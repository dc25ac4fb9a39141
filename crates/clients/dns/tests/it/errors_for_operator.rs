//! Troubles that only the operator can mend, and tokens that end early.

use std::time::Duration;

use covibe_dns::{Cause, Error, Provider};
use covibe_sandbox::google::{Collection, Settings};
use covibe_upstream::Expiry;

use crate::simulated_google_cloud::{World, client, name};

#[tokio::test]
async fn each_configuration_error_is_reported_as_distinct_operator_trouble() {
    let world = World::new().await;
    let usual = Settings::default;
    let mut told = Vec::new();
    for settings in [
        Settings { api_disabled: true, ..usual() },
        Settings { role_missing: true, ..usual() },
        Settings { zones: 0, ..usual() },
        Settings { reserved: vec!["example.ca.".to_owned()], ..usual() },
    ] {
        world.cloud.set(settings);
        let error = world.client.ensure_zone(&name("example.ca"), &world.owner).await.unwrap_err();
        let Error { cause: Cause::Operator(trouble), .. } = error else { panic!("{error:?}") };
        told.push(trouble.what);
    }
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), 4, "{told:?}");
    world.cloud.set(usual());
    let other = client(&world.cloud, "another-project", Expiry::default());
    assert!(matches!(other.quota().await.unwrap_err().cause, Cause::Operator(_)));
}

#[tokio::test]
async fn quotas_are_read_from_the_project() {
    let world = World::with_settings(Settings { zones: 7, ..Settings::default() }).await;
    let quota = world.client.quota().await.unwrap();
    assert_eq!((quota.managed_zones, quota.rrset_additions_per_change), (7, 1000));
}

#[tokio::test]
async fn an_expired_token_is_replaced_within_the_call() {
    let world = World::new().await;
    world.zone().await;
    world.cloud.advance(Duration::from_hours(2));
    world.zone().await;
    assert_eq!(world.cloud.count(Collection::Tokens), 2);
}
