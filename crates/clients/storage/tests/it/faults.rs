//! Every change with every named fault: nothing doubled, and the next try works.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Collection;
use covibe_storage::{BucketName, Conflict, Effect, Error};
use covibe_upstream::{Cause, Expiry};

use crate::simulated_google_cloud::{LOCATION, World, client};

/// Makes a call that meets the fault once.
async fn meet<T>(
    world: &mut World,
    fault: Name,
    route: (&str, &str),
    call: impl AsyncFn(&World) -> Result<T, Error>,
) -> Result<T, Error> {
    let expiry = Expiry::by_hand();
    world.client = client(&world.cloud, "covibe-sandbox", expiry.clone());
    world.cloud.meet(fault, route, call(world), || expiry.expire(|_, _| true)).await
}

async fn try_account(fault: Name) {
    let mut world = World::new().await;
    let create = async |world: &World| world.client.create_account(&world.owner).await;
    let made = meet(&mut world, fault, ("POST", "/v1/projects/*/serviceAccounts"), create).await;
    let found = world.client.account(&world.owner).await.unwrap();
    if made.is_err() && found.is_none() {
        create(&world).await.unwrap();
    }
    assert_eq!(world.cloud.count(Collection::Accounts), 1, "{fault:?}");
}

async fn try_bucket(fault: Name) {
    let mut world = World::new().await;
    let name = BucketName::random("acme").unwrap();
    let create = async |world: &World| {
        world.client.create_bucket(&name, LOCATION, &world.owner).await.map(drop)
    };
    let made = meet(&mut world, fault, ("POST", "/storage/v1/b"), create).await;
    let found = world.client.bucket(&name, &world.owner).await.unwrap();
    if found.is_none() {
        assert!(made.is_err(), "{fault:?}");
        create(&world).await.unwrap();
    }
    assert_eq!(world.cloud.count(Collection::Buckets), 1, "{fault:?}");
}

async fn try_grant(fault: Name) {
    let mut world = World::new().await;
    let (account, bucket) = (world.account().await, world.bucket().await);
    let grant = async |world: &World| world.client.grant(&bucket, &account).await;
    let granted = meet(&mut world, fault, ("PUT", "/storage/v1/b/*/iam"), grant).await;
    let grants = || {
        world.names(Collection::Grants).iter().filter(|one| one.ends_with(&account.email)).count()
    };
    assert!(granted.is_err() || grants() == 2, "{fault:?}");
    grant(&world).await.unwrap();
    assert_eq!(grants(), 2, "{fault:?}");
}

/// A key that was made without a known secret is among the account's keys, and can be removed.
async fn try_key(fault: Name) {
    let mut world = World::new().await;
    let account = world.account().await;
    let path = "/storage/v1/projects/*/hmacKeys";
    let create = async |world: &World| world.client.create_key(&account).await;
    let made = meet(&mut world, fault, ("POST", path), create).await;
    let keys = world.client.keys(&account).await.unwrap();
    match made {
        Ok(key) => assert!(keys.iter().any(|one| one.access_id == key.access_id), "{fault:?}"),
        Err(error) => assert!(keys.is_empty() || error.effect == Effect::Possible, "{error:?}"),
    }
    for key in &keys {
        let path = "/storage/v1/projects/*/hmacKeys/*";
        for method in ["PUT", "DELETE"] {
            let delete = async |world: &World| world.client.delete_key(&key.access_id).await;
            let _ = meet(&mut world, fault, (method, path), delete).await;
        }
        world.client.delete_key(&key.access_id).await.unwrap();
    }
    assert_eq!(world.client.keys(&account).await.unwrap(), [], "{fault:?}");
}

#[tokio::test]
async fn every_change_succeeds_without_duplicates_after_every_fault() {
    let all = async {
        let mut running = tokio::task::JoinSet::new();
        for fault in Name::ALL {
            running.spawn_local(try_account(fault));
            running.spawn_local(try_bucket(fault));
            running.spawn_local(try_grant(fault));
            running.spawn_local(try_key(fault));
        }
        running.join_all().await;
    };
    tokio::task::LocalSet::new().run_until(all).await;
}

#[tokio::test]
async fn a_grant_fails_as_conflict_after_repeated_concurrent_policy_changes() {
    let world = World::new().await;
    let (account, bucket) = (world.account().await, world.bucket().await);
    world.cloud.arm(Fault::new(Name::Status).on("PUT", "/storage/v1/b/*/iam").status(412).times(9));
    let error = world.client.grant(&bucket, &account).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Changed));
}
