//! The removal of a workspace's storage. A bucket with objects is never removed.

use std::time::{Duration, Instant};

use covibe_domain::entities::{StorageProvider, StorageState};
use covibe_domain::{Failure, boxed};
use covibe_storage::{Cause, Conflict, Error, GoogleStorage};
use covibe_store::{StorageRecord, Store, WorkspaceRecord};

use super::cloud_setup::owner;
use super::errors::not_empty;
use super::storage_lease::StorageLease;
use crate::journal::lease_times::Patience;
use crate::storage_project::{StorageAccounts, bucket_name, google_for, no_provider};

/// The time that the operator waits for a call that works on the storage.
const PATIENCE: Duration = Duration::from_mins(1);

/// The time that the removal of a workspace waits for such a call.
const SHORT: Duration = Duration::from_secs(5);

/// Checks that the storage of a workspace can be removed with it: there is none, or its bucket is empty.
///
/// # Errors
///
/// Conflict if the bucket has objects.
pub(crate) async fn check_removable(
    store: &Store,
    accounts: &StorageAccounts,
    of: &WorkspaceRecord,
) -> Result<(), Failure> {
    let Some(record) = read_record(store, of).await? else { return Ok(()) };
    if record.place.provider == StorageProvider::S3 {
        return Ok(());
    }
    let google = accounts.google_for(&of.tenant, &of.id)?;
    let bucket = bucket_name(&record.place.bucket)?;
    match google.bucket(&bucket, &owner(&record)?).await {
        // There is none, or somebody else's.
        Ok(None) => return Ok(()),
        Err(error) if is_foreign(&error) => return Ok(()),
        found => drop(found?),
    }
    match google.usage(&bucket).await?.objects {
        0 => Ok(()),
        _ => Err(not_empty(&of.slug, bucket.as_str())),
    }
}

/// Removes the storage of a workspace that is being removed, if it has any, as [`remove_storage`] does.
///
/// # Errors
///
/// Those of [`remove_storage`].
pub(crate) async fn remove_with_workspace(
    store: &Store,
    accounts: &StorageAccounts,
    of: &WorkspaceRecord,
) -> Result<(), Failure> {
    match read_record(store, of).await? {
        Some(_) => remove_within(SHORT, store, accounts.project(), of).await,
        None => Ok(()),
    }
}

async fn read_record(
    store: &Store,
    of: &WorkspaceRecord,
) -> Result<Option<StorageRecord>, Failure> {
    let mut tx = store.tenant_read(&of.tenant).await?;
    let record = tx.storage(&of.id).await?;
    tx.commit().await?;
    Ok(record)
}

/// Removes the bucket, the account with its keys, and their records; for storage that the operator gave, only the
/// records. Continues an earlier removal.
///
/// # Errors
///
/// Conflict if the bucket has objects; nothing is removed then. Unready while another call works on it.
#[boxed]
pub async fn remove_storage(
    store: &Store,
    google: Option<&GoogleStorage>,
    of: &WorkspaceRecord,
) -> Result<(), Failure> {
    remove_within(PATIENCE, store, google, of).await
}

async fn remove_within(
    patience: Duration,
    store: &Store,
    google: Option<&GoogleStorage>,
    of: &WorkspaceRecord,
) -> Result<(), Failure> {
    let patience = Patience(Instant::now() + patience);
    let mut held = StorageLease::acquire(store, (&of.tenant, &of.id), patience).await?;
    match remove_resources(google, &mut held, of).await {
        Ok(()) => held.forget().await,
        Err(failure) => {
            held.let_go().await;
            Err(failure)
        }
    }
}

async fn remove_resources(
    google: Option<&GoogleStorage>,
    held: &mut StorageLease<'_>,
    of: &WorkspaceRecord,
) -> Result<(), Failure> {
    if held.record().place.provider == StorageProvider::S3 {
        return Ok(());
    }
    let google = google_for(google.ok_or_else(no_provider)?, &of.tenant, &of.id);
    let (owner, bucket) = (owner(held.record())?, held.record().place.bucket.clone());
    // The bucket first: if it has objects, everything stays as it is.
    match google.delete_bucket(&bucket_name(&bucket)?, &owner).await {
        Err(error) if is_foreign(&error) => {}
        Err(error) if error.is_conflict() => return Err(not_empty(&of.slug, &bucket)),
        outcome => outcome?,
    }
    held.note(|it| it.state = StorageState::Removing).await?;
    match google.delete_account(&owner).await {
        Err(error) if is_foreign(&error) => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Returns whether the name belongs to something without the workspace's mark, which stays.
fn is_foreign(error: &Error) -> bool {
    error.cause == Cause::Conflict(Conflict::Exists)
}
