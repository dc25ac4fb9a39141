//! A server that speaks S3, with a bucket and a key that somebody else made.

use covibe_storage::{BucketName, Cause, S3Key, Usage};

use crate::simulated_google_cloud::{World, s3_key, server};

#[tokio::test]
async fn an_s3_bucket_is_verified_and_a_wrong_key_or_missing_bucket_is_reported() {
    let world = World::new().await;
    let (bucket, key) = world.ready().await;
    let key = s3_key(&key);
    server(&world.cloud, &bucket, key.clone()).verify().await.unwrap();
    let wrong = S3Key { secret: covibe_domain::Secret::new("wrong"), ..key.clone() };
    let refused = server(&world.cloud, &bucket, wrong).verify().await.unwrap_err();
    assert_eq!(refused.cause, Cause::Unauthorized);
    let absent = BucketName::parse("absent").unwrap();
    let missing = server(&world.cloud, &absent, key).verify().await.unwrap_err();
    assert_eq!(missing.cause, Cause::NotFound);
}

#[tokio::test]
async fn objects_of_all_pages_are_counted() {
    let world = World::new().await;
    let (bucket, key) = world.ready().await;
    let key = s3_key(&key);
    for number in 0..1003 {
        let path = format!("/{bucket}/{number}");
        assert_eq!(world.s3(("PUT", &path), &key, "ab", &[]).await.0, 200);
    }
    let usage = server(&world.cloud, &bucket, key).usage().await.unwrap();
    assert_eq!(usage, Usage { objects: 1003, bytes: 2006, is_complete: true });
}
