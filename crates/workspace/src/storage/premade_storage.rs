//! A bucket and a key that the operator created on a server that speaks S3.

use covibe_crypto::SecretBox;
use covibe_domain::entities::{StorageProvider, StorageState};
use covibe_domain::{Failure, boxed};
use covibe_storage::{BucketName, Cause, S3Config, S3Key, S3Server};
use covibe_store::{NewStorage, StorageRecord, Store, WorkspaceRecord};
use std::time::{Duration, Instant};
use url::Url;

use super::errors::{missing_bucket, refused_key, unusable_server};
use super::sealed_secret::{open, seal};
use super::storage_lease::StorageLease;
use crate::journal::lease_times::Patience;
use crate::platform::Platform;
use crate::storage_project::bucket_name;

/// The time that the operator waits for a call that works on the storage.
const PATIENCE: Duration = Duration::from_secs(30);

/// A bucket and a key that the operator created.
#[derive(Clone, Debug)]
pub struct PremadeStorage {
    /// The address of the server, without the bucket.
    pub endpoint: Url,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket.
    pub bucket: BucketName,
    /// A key that may list, read, write and delete its objects, and nothing else.
    pub key: S3Key,
}

/// Gives a workspace a bucket and a key, after checking both. They replace another bucket that the operator gave; the
/// next storage.provision gives the key to the apps that had the other one.
///
/// # Errors
///
/// Conflict if the workspace has a bucket at Google, or another workspace has this one; those of the server.
#[boxed]
pub async fn give_storage(
    store: &Store,
    secrets: &SecretBox,
    to: &WorkspaceRecord,
    given: PremadeStorage,
) -> Result<(), Failure> {
    let PremadeStorage { endpoint, region, bucket, key } = given;
    let text = endpoint.as_str().trim_end_matches('/').to_owned();
    verify(&client(endpoint, &region, bucket.clone(), key.clone())?).await?;
    let place = NewStorage {
        provider: StorageProvider::S3,
        bucket: bucket.as_str().to_owned(),
        location: String::new(),
        endpoint: text,
        region,
    };
    let mut tx = store.tenant(&to.tenant).await?;
    tx.lock_workspace(&to.id).await?;
    tx.begin_storage(&to.id, &place).await?;
    tx.commit().await?;
    let patience = Patience(Instant::now() + PATIENCE);
    let mut held = StorageLease::acquire(store, (&to.tenant, &to.id), patience).await?;
    let noted = replace(secrets, &mut held, place, &key).await;
    held.let_go().await;
    noted
}

async fn replace(
    secrets: &SecretBox,
    held: &mut StorageLease<'_>,
    place: NewStorage,
    key: &S3Key,
) -> Result<(), Failure> {
    if held.record().place.provider != StorageProvider::S3 {
        return Err(Failure::conflict("The workspace has a bucket at Google Cloud.")
            .hint("Remove that first with `covibe-server tenant remove-storage`."));
    }
    let sealed = seal(secrets, &held.record().workspace, key)?;
    held.note(|it| {
        it.place = place;
        it.state = StorageState::Ready;
        it.access_key_id = Some(key.access_key_id.clone());
        it.secret = Some(sealed);
    })
    .await
}

/// Returns the client of a workspace's bucket.
pub(super) fn server(platform: &Platform, of: &StorageRecord) -> Result<S3Server, Failure> {
    let endpoint = of.place.endpoint.parse().map_err(|_| unusable_server())?;
    let bucket = bucket_name(&of.place.bucket)?;
    client(endpoint, &of.place.region, bucket, open(platform, of)?)
}

fn client(
    endpoint: Url,
    region: &str,
    bucket: BucketName,
    key: S3Key,
) -> Result<S3Server, Failure> {
    S3Server::new(S3Config::new(endpoint, region, bucket, key)).map_err(|_| unusable_server())
}

/// Checks that the bucket exists and that the key gives access to it.
pub(super) async fn verify(server: &S3Server) -> Result<(), Failure> {
    server.verify().await.map_err(|error| match error.cause {
        Cause::Unauthorized => refused_key(),
        Cause::NotFound => missing_bucket(),
        _ => error.into(),
    })
}
