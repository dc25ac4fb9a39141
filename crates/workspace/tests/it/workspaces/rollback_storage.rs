//! A workspace that is taken back with its object storage.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_domain::Secret;
use covibe_domain::entities::StorageProvider;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Collection;
use covibe_storage::{Account, BucketName, GoogleStorage, NewKey, Owner, S3Key};
use covibe_store::NewStorage;
use covibe_testkit::{Member, S3Client, World};
use covibe_workspace::{PremadeStorage, give_storage};

use super::rollback::{partial_workspace, take_back};
use super::{on_each_database, provision_to_ready, quick_world};

/// A bucket of the project, with a key, as provisioning makes them.
struct Made {
    bucket: BucketName,
    endpoint: String,
    key: NewKey,
}

impl Made {
    async fn create(google: &GoogleStorage, id: &str, bucket: &str) -> Self {
        let (owner, bucket) = (Owner::new(id).expect("an owner"), BucketName::parse(bucket));
        let bucket = bucket.expect("a name");
        google.create_account(&owner).await.expect("an account");
        let account = account(google, &owner).await;
        google.create_bucket(&bucket, "NORTHAMERICA-NORTHEAST1", &owner).await.expect("a bucket");
        let granted = async { google.grant(&bucket, &account).await };
        granted.await.expect("a grant");
        let key = google.create_key(&account).await.expect("a key");
        Self { bucket, endpoint: google.endpoint().to_owned(), key }
    }

    fn client(&self) -> S3Client {
        let variables = [
            ("S3_ENDPOINT", self.endpoint.as_str()),
            ("S3_REGION", "auto"),
            ("S3_BUCKET", self.bucket.as_str()),
            ("S3_ACCESS_KEY_ID", &self.key.access_id),
            ("S3_SECRET_ACCESS_KEY", self.key.secret.expose()),
            ("S3_FORCE_PATH_STYLE", "true"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        S3Client::from_variables(&BTreeMap::from(variables), "S3_")
    }
}

/// The account that was made, once it is known.
async fn account(google: &GoogleStorage, owner: &Owner) -> Account {
    loop {
        if let Ok(Some(account)) = google.account(owner).await {
            return account;
        }
    }
}

/// Writes down that the workspace has this bucket at Google.
async fn has(world: &World, member: &Member, made: &Made) {
    let new = NewStorage {
        provider: StorageProvider::Gcs,
        bucket: made.bucket.as_str().to_owned(),
        location: "NORTHAMERICA-NORTHEAST1".to_owned(),
        endpoint: made.endpoint.clone(),
        region: "auto".to_owned(),
    };
    let mut tx = world.store.tenant(&member.record.tenant).await.expect("a transaction");
    tx.begin_storage(&member.record.id, &new).await.expect("a record");
    tx.commit().await.expect("a commit");
}

fn remaining_resources(world: &World) -> Vec<String> {
    let all = [Collection::Buckets, Collection::Accounts, Collection::HmacKeys];
    all.into_iter().flat_map(|collection| world.cloud.names(collection)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_removes_an_empty_bucket_and_fails_for_one_with_objects() {
    on_each_database(async |world| {
        let member = partial_workspace(world, "back-bucket").await;
        let google = world.google_storage();
        let made = Made::create(&google, member.record.id.as_str(), "back-bucket-1").await;
        has(world, &member, &made).await;
        world.cloud.advance(Duration::from_secs(5));
        let client = made.client();
        assert_eq!(client.put("x", "y").await, 200);
        let projects = world.coolify.names(covibe_sandbox::coolify::Collection::Projects);
        let answer = take_back(&member, "back-bucket").await;
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert!(answer.text.contains("has objects"), "{}", answer.text);
        let now = world.coolify.names(covibe_sandbox::coolify::Collection::Projects);
        assert_eq!((remaining_resources(world).len(), now), (3, projects), "everything stays");
        assert_eq!(client.delete("x").await, 204);
        let answer = take_back(&member, "back-bucket").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(remaining_resources(world), Vec::<String>::new());
        assert!(world.read_workspace(&member.record).await.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_rollback_finishes_the_removal_of_a_bucket() {
    let world = quick_world().await;
    let google = world.google_storage();
    let calls = [("DELETE", "/storage/v1/b/*"), ("DELETE", "/v1/projects/*/serviceAccounts/*")];
    for (number, (method, path)) in calls.into_iter().enumerate() {
        for fault in [Name::Status, Name::StatusAfter, Name::DropAfter] {
            let (slug, what) =
                (format!("back-{number}-{fault:?}").to_lowercase(), format!("{fault:?} {path}"));
            let slug = slug.replace('_', "-");
            let member = partial_workspace(&world, &slug).await;
            let made = Made::create(&google, member.record.id.as_str(), &slug).await;
            has(&world, &member, &made).await;
            let pattern = format!("{path}$");
            world.cloud.arm(Fault::new(fault).on(method, &pattern).times(u32::MAX));
            let broken = take_back(&member, &slug).await;
            world.cloud.disarm();
            assert_eq!(broken.status, 502, "{what}: {}", broken.text);
            assert!(broken.text.contains("continues where it stopped"), "{what}: {}", broken.text);
            let answer = take_back(&member, &slug).await;
            assert_eq!(answer.status, 200, "{what}: {}", answer.text);
            assert_eq!(remaining_resources(&world), Vec::<String>::new(), "{what}");
        }
    }
}

/// A bucket that the operator gave stays; only its record is removed.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_keeps_a_bucket_that_the_operator_supplied() {
    let world = quick_world().await;
    let google = world.google_storage();
    let made = Made::create(&google, "operators", "operators-bucket").await;
    world.cloud.advance(Duration::from_secs(5));
    assert_eq!(made.client().put("x", "y").await, 200);
    let secrets = covibe_crypto::SecretBox::from_config(world.secrets_key()).expect("a key");
    let given = PremadeStorage {
        endpoint: made.endpoint.parse().expect("a URL"),
        region: "auto".to_owned(),
        bucket: made.bucket.clone(),
        key: S3Key {
            access_key_id: made.key.access_id.clone(),
            secret: Secret::new(made.key.secret.expose()),
        },
    };
    // One that no run has begun to set up, and one that is set up by half.
    let bare = world.new_workspace("given-bare").await;
    let half = partial_workspace(&world, "given-half").await;
    for member in [bare, half] {
        let slug = member.agent.slug.clone();
        give_storage(&world.store, &secrets, &member.record, given.clone())
            .await
            .expect("a bucket");
        let answer = take_back(&member, &slug).await;
        assert_eq!(answer.status, 200, "{slug}: {}", answer.text);
        assert!(world.read_workspace(&member.record).await.is_none());
        assert_eq!(made.client().get("x").await.0, 200, "{slug}");
        // Another workspace can have it.
        let next = world.new_workspace(&slug).await;
        provision_to_ready(&next.agent, "the next one").await;
    }
}
