//! The end of a workspace's storage. A bucket with objects is never destroyed.

use std::time::{Duration, Instant};

use covibe_domain::Failure;
use covibe_domain::entities::{StorageProvider, StorageState};
use covibe_storage::GoogleStorage;
use covibe_store::{Store, WorkspaceRecord};

use super::errors::not_empty;
use super::held::Held;
use super::making::owner;
use crate::buckets::{bucket_name, no_provider};
use crate::registrar::Patience;

/// How long the operator waits for a call that works on the storage.
const PATIENCE: Duration = Duration::from_mins(1);

/// Removes the bucket, the account with its keys, and what is written down of them. Of storage that the operator
/// gave, only what is written down. Another call continues what one left.
///
/// # Errors
///
/// Conflict if the bucket has objects: nothing is removed then. Unready while another call works on it.
pub async fn remove_storage(
    store: &Store,
    google: Option<&GoogleStorage>,
    of: &WorkspaceRecord,
) -> Result<(), Failure> {
    let patience = Patience(Instant::now() + PATIENCE);
    let mut held = Held::acquire(store, (&of.tenant, &of.id), patience).await?;
    match removed(google, &mut held, of).await {
        Ok(()) => held.forget().await,
        Err(failure) => {
            held.let_go().await;
            Err(failure)
        }
    }
}

async fn removed(
    google: Option<&GoogleStorage>,
    held: &mut Held<'_>,
    of: &WorkspaceRecord,
) -> Result<(), Failure> {
    if held.record().place.provider == StorageProvider::S3 {
        return Ok(());
    }
    let google = google.ok_or_else(no_provider)?;
    let (owner, bucket) = (owner(held.record())?, held.record().place.bucket.clone());
    // The bucket first: if it has objects, everything stays as it is.
    match google.delete_bucket(&bucket_name(&bucket)?, &owner).await {
        Err(error) if error.is_conflict() => return Err(not_empty(&of.slug, &bucket)),
        outcome => outcome?,
    }
    held.note(|it| it.state = StorageState::Removing).await?;
    Ok(google.delete_account(&owner).await?)
}
