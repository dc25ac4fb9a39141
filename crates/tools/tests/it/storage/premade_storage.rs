//! A bucket and a key that the operator made on a server that speaks S3.

use covibe_domain::Secret;
use covibe_storage::{BucketName, S3Key};
use covibe_testkit::World;
use covibe_workspace::{PremadeStorage, give_storage, remove_storage};
use serde_json::{Value, json};

use super::{app, client, expect_failure, expect_success, provision, variables, wait_until_usable};

/// Returns justine's key and bucket, as the operator would have created them by hand.
async fn premade_storage(world: &World) -> PremadeStorage {
    let justine = &world.justine.agent;
    justine.compact("storage.provision", &json!({})).await.expect("a bucket");
    let params = json!({ "image": "nginx:1.27", "name": "theirs", "instantDeploy": false });
    let app = justine.compact("apps.create", &params).await.expect("an app")["uuid"].clone();
    justine.compact("storage.inject_env", &json!({ "uuid": app })).await.expect("variables");
    wait_until_usable(world).await;
    let held = variables(world, "applications", &app).await;
    let (access_key_id, secret) = (
        held["STORAGE_ACCESS_KEY_ID"].clone(),
        Secret::new(held["STORAGE_SECRET_ACCESS_KEY"].clone()),
    );
    PremadeStorage {
        // By another name, it is another server.
        endpoint: world.cloud.url.replace("127.0.0.1", "localhost").parse().expect("a URL"),
        region: "us-east-1".to_owned(),
        bucket: BucketName::parse(held["STORAGE_BUCKET"].clone()).expect("a name"),
        key: S3Key { access_key_id, secret },
    }
}

async fn give_bucket(world: &World, given: PremadeStorage) -> Result<(), String> {
    let secrets = covibe_crypto::SecretBox::from_config(world.secrets_key()).expect("a key");
    let given = give_storage(&world.store, &secrets, &world.mark.record, given).await;
    given.map_err(|failure| failure.message)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_premade_bucket_of_the_operator_can_be_used_but_not_rotated() {
    let world = World::embedded().await;
    let given = premade_storage(&world).await;
    let wrong = S3Key { secret: Secret::new("wrong"), ..given.key.clone() };
    let told = give_bucket(&world, PremadeStorage { key: wrong, ..given.clone() }).await;
    assert!(told.is_err_and(|text| text.contains("refuses the key")));
    assert_eq!(expect_success(&world, "storage.describe", json!({})).await["status"], "none");
    give_bucket(&world, given.clone()).await.expect("a bucket");
    let told = provision(&world).await;
    assert_eq!((&told["status"], &told["provider"]), (&json!("ready"), &json!("s3")));
    assert_eq!(told.get("location"), None);
    let app = app(&world, "shop").await;
    expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    let client = client(&world, &app, "STORAGE_").await;
    assert_eq!(client.put("x", "four").await, 200);
    let told =
        expect_failure(&world.mark.agent, "storage.provision", &json!({ "rotate": true }), 422)
            .await;
    assert!(told.text.contains("operator"), "{}", told.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_with_objects_is_not_removed_until_it_is_empty() {
    let world = World::embedded().await;
    provision(&world).await;
    let app = app(&world, "shop").await;
    expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    wait_until_usable(&world).await;
    let client = client(&world, &app, "STORAGE_").await;
    assert_eq!(client.put("x", "four").await, 200);
    let google = world.google_storage();
    let removed = remove_storage(&world.store, Some(&google), &world.mark.record).await;
    assert!(removed.is_err_and(|failure| failure.message.contains("has objects")));
    super::assert_one_of_each(&world, "it stays").await;
    assert_eq!(client.delete("x").await, 204);
    remove_storage(&world.store, Some(&google), &world.mark.record).await.expect("an end");
    let none: [String; 0] = [];
    for collection in [
        covibe_sandbox::google::Collection::Buckets,
        covibe_sandbox::google::Collection::Accounts,
        covibe_sandbox::google::Collection::HmacKeys,
    ] {
        assert_eq!(world.cloud.names(collection), none);
    }
    let told: Value = expect_success(&world, "storage.describe", json!({})).await;
    assert_eq!(told["status"], "none");
}
