//! Buckets: private, marked, in their place, granted without losing other grants, and never emptied.

use covibe_sandbox::google::{Collection, StorageSettings};
use covibe_storage::{BucketName, Cause, Conflict, Owner, Privacy, Usage};
use serde_json::json;

use crate::simulated_google_cloud::{LOCATION, World, s3_key};

async fn plant(world: &World, name: &str) {
    let url = format!("{}/storage/v1/b?project=covibe-sandbox", world.cloud.url);
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let body = json!({ "name": name, "location": "us", "labels": { "managed-by": "co-vibe", "workspace": "ws_2" } });
    let request = http.post(url).bearer_auth(world.cloud.token.expose()).body(body.to_string());
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_new_bucket_is_private_and_in_the_requested_location() {
    let world = World::new().await;
    let name = world.bucket().await;
    let found = world.client.bucket(&name, &world.owner).await.unwrap().unwrap();
    assert_eq!((found.location.as_str(), found.privacy), (LOCATION, Privacy::Enforced));
    let again = world.client.create_bucket(&name, LOCATION, &world.owner).await.unwrap_err();
    assert_eq!(again.cause, Cause::Conflict(Conflict::Exists));
    assert_eq!(world.names(Collection::Buckets), [name.as_str()]);
    let longer = BucketName::parse(format!("{name}x")).unwrap();
    assert_eq!(world.client.bucket(&longer, &world.owner).await.unwrap(), None);
}

#[tokio::test]
async fn a_bucket_of_another_owner_is_neither_found_nor_deleted() {
    let world = World::new().await;
    let name = BucketName::parse("vibn-ws-other").unwrap();
    plant(&world, name.as_str()).await;
    let taken = Cause::Conflict(Conflict::Exists);
    assert_eq!(world.client.bucket(&name, &world.owner).await.unwrap_err().cause, taken);
    assert_eq!(world.client.delete_bucket(&name, &world.owner).await.unwrap_err().cause, taken);
    // Its own owner sees that it was made by hand.
    let owner = Owner::new("ws_2").unwrap();
    let found = world.client.bucket(&name, &owner).await.unwrap().unwrap();
    assert_eq!((found.location.as_str(), found.privacy), ("US", Privacy::Open));
    world.client.make_private(&name).await.unwrap();
    let found = world.client.bucket(&name, &owner).await.unwrap().unwrap();
    assert_eq!(found.privacy, Privacy::Enforced);
}

#[tokio::test]
async fn creating_a_bucket_with_another_customers_name_is_a_conflict() {
    let world =
        World::with_storage(StorageSettings { taken_names: 1, ..StorageSettings::default() }).await;
    let name = BucketName::random("acme").unwrap();
    let error = world.client.create_bucket(&name, LOCATION, &world.owner).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Exists));
    assert_eq!(world.client.bucket(&name, &world.owner).await.unwrap(), None);
}

#[tokio::test]
async fn concurrent_grants_to_a_bucket_keep_each_other_and_are_made_once() {
    let world = World::new().await;
    let (account, bucket) = (world.account().await, world.bucket().await);
    let rival = world.client.create_account(&Owner::new("ws_2").unwrap()).await.unwrap();
    let calls = (world.client.grant(&bucket, &account), world.client.grant(&bucket, &rival));
    let (first, second) = tokio::join!(calls.0, calls.1);
    first.and(second).unwrap();
    world.client.grant(&bucket, &account).await.unwrap();
    let grants = world.names(Collection::Grants);
    let of = |email: &str| grants.iter().filter(|grant| grant.ends_with(email)).count();
    assert_eq!((of(&account.email), of(&rival.email)), (2, 2), "{grants:?}");
    assert!(grants.iter().any(|grant| grant.contains("legacyBucketOwner")), "{grants:?}");
}

#[tokio::test]
async fn objects_are_counted_and_only_an_empty_bucket_is_deleted() {
    let world = World::new().await;
    let (bucket, key) = world.ready().await;
    assert_eq!(
        world.client.usage(&bucket).await.unwrap(),
        Usage { objects: 0, bytes: 0, is_complete: true }
    );
    for number in 0..103 {
        let path = format!("/{bucket}/a%20b/{number}");
        assert_eq!(world.s3(("PUT", &path), &s3_key(&key), "four", &[]).await.0, 200);
    }
    let usage = world.client.usage(&bucket).await.unwrap();
    assert_eq!(usage, Usage { objects: 103, bytes: 412, is_complete: true });
    let error = world.client.delete_bucket(&bucket, &world.owner).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::NotEmpty));
    let empty = world.bucket().await;
    world.client.delete_bucket(&empty, &world.owner).await.unwrap();
    world.client.delete_bucket(&empty, &world.owner).await.unwrap();
    assert_eq!(world.names(Collection::Buckets), [bucket.as_str()]);
}
