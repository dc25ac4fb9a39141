//! Troubles that only the operator can mend.

use covibe_sandbox::google::StorageSettings;
use covibe_storage::{Cause, Error};
use covibe_upstream::Expiry;

use crate::simulated_google_cloud::{LOCATION, World, client};

fn operator_trouble(error: &Error) -> &'static str {
    let Error { cause: Cause::Operator(trouble), .. } = error else { panic!("{error:?}") };
    trouble.what
}

#[tokio::test]
async fn each_configuration_error_is_reported_as_distinct_operator_trouble() {
    let world = World::new().await;
    let account = world.account().await;
    let bucket = covibe_storage::BucketName::random("acme").unwrap();
    let base = || StorageSettings { lag: std::time::Duration::ZERO, ..StorageSettings::default() };
    let mut all = Vec::new();
    world.set(StorageSettings { api_disabled: true, ..base() });
    all.push(operator_trouble(&world.client.account(&world.owner).await.unwrap_err()));
    world.set(StorageSettings { role_missing: true, ..base() });
    all.push(operator_trouble(&world.client.bucket(&bucket, &world.owner).await.unwrap_err()));
    world.set(StorageSettings { accounts: 1, ..base() });
    let other = covibe_storage::Owner::new("ws_2").unwrap();
    all.push(operator_trouble(&world.client.create_account(&other).await.unwrap_err()));
    for forbidden in ["iam.disableServiceAccountKeyCreation", "storage.restrictAuthTypes"] {
        world.set(StorageSettings { forbidden_keys: Some(forbidden), ..base() });
        let what = operator_trouble(&world.client.create_key(&account).await.unwrap_err());
        assert!(what.contains(forbidden), "{what}");
        all.push(what);
    }
    world.set(StorageSettings { forbidden_location: Some(LOCATION.to_owned()), ..base() });
    let refused = world.client.create_bucket(&bucket, LOCATION, &world.owner).await;
    all.push(operator_trouble(&refused.unwrap_err()));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6, "{all:?}");
}

#[tokio::test]
async fn calls_to_another_project_are_reported_as_operator_trouble() {
    let world = World::new().await;
    let other = client(&world.cloud, "another-project", Expiry::default());
    assert!(matches!(other.count_accounts().await.unwrap_err().cause, Cause::Operator(_)));
}
