//! HMAC keys: S3 accepts requests that they sign while they are active, and no others.

use covibe_sandbox::google::Collection;
use covibe_storage::{KeyState, S3Key};

use crate::simulated_google_cloud::{World, s3_key};

#[tokio::test]
async fn a_key_reads_and_writes_objects_in_its_bucket_only() {
    let world = World::new().await;
    let (bucket, key) = world.ready().await;
    let (key, path) = (s3_key(&key), format!("/{bucket}/folder/a%20b.txt"));
    assert_eq!(world.s3(("PUT", &path), &key, "hello", &[]).await.0, 200);
    assert_eq!(world.s3(("GET", &path), &key, "", &[]).await, (200, "hello".to_owned()));
    assert_eq!(world.s3(("HEAD", &format!("/{bucket}")), &key, "", &[]).await.0, 200);
    assert_eq!(world.names(Collection::Objects), [format!("{bucket}/folder/a b.txt")]);
    let other = world.bucket().await;
    assert_eq!(world.s3(("GET", &format!("/{other}/x")), &key, "", &[]).await.0, 403);
    assert_eq!(world.s3(("DELETE", &path), &key, "", &[]).await.0, 204);
    assert_eq!(world.s3(("GET", &path), &key, "", &[]).await.0, 404);
}

#[tokio::test]
async fn wrong_secrets_and_unsupported_s3_calls_are_refused() {
    let world = World::new().await;
    let (bucket, key) = world.ready().await;
    let (key, path) = (s3_key(&key), format!("/{bucket}/x"));
    let wrong = S3Key { secret: covibe_domain::Secret::new("wrong"), ..key.clone() };
    let (status, body) = world.s3(("PUT", &path), &wrong, "hello", &[]).await;
    assert!(status == 403 && body.contains("SignatureDoesNotMatch"), "{body}");
    for header in [("content-encoding", "aws-chunked"), ("x-amz-checksum-crc32", "AAAAAA==")] {
        assert_eq!(world.s3(("PUT", &path), &key, "hello", &[header]).await.0, 403);
    }
    assert_eq!(world.cloud.count(Collection::Objects), 0);
}

#[tokio::test]
async fn a_deleted_key_is_no_longer_listed_or_accepted() {
    let world = World::new().await;
    let (bucket, key) = world.ready().await;
    let account = world.client.account(&world.owner).await.unwrap().unwrap();
    let second = world.client.create_key(&account).await.unwrap();
    let keys = world.client.keys(&account).await.unwrap();
    assert!(keys.len() == 2 && keys.iter().all(|key| key.state == KeyState::Active));
    world.client.delete_key(&key.access_id).await.unwrap();
    world.client.delete_key(&key.access_id).await.unwrap();
    world.client.delete_key("GOOG1ENONE").await.unwrap();
    let keys = world.client.keys(&account).await.unwrap();
    assert_eq!(keys.iter().map(|key| &key.access_id).collect::<Vec<_>>(), [&second.access_id]);
    let path = format!("/{bucket}/x");
    assert_eq!(world.s3(("PUT", &path), &s3_key(&key), "hello", &[]).await.0, 403);
    assert_eq!(world.s3(("PUT", &path), &s3_key(&second), "hello", &[]).await.0, 200);
}
