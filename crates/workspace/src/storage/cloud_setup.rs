//! Resources of a workspace at Google Cloud: the account, the bucket and the grant. Each is searched for before it is
//! created.

use std::time::Instant;

use covibe_domain::Failure;
use covibe_storage::{
    Account, Bucket, BucketName, Cause, Conflict, Error, GoogleStorage, Owner, Privacy,
    is_unsettled,
};
use covibe_store::StorageRecord;

use super::errors::{bucket_lost, foreign_account, misplaced_bucket, no_free_name};
use super::google_propagation::retry_until_settled;
use super::storage_lease::StorageLease;
use crate::storage_project::{bucket_name, no_random_numbers, unusable_bucket};

/// The maximum number of names that are tried if others have them.
const NAMES: usize = 4;

/// Returns the mark of a workspace at Google.
pub(super) fn owner(of: &StorageRecord) -> Result<Owner, Failure> {
    Owner::new(of.workspace.as_str()).map_err(|_| unusable_bucket())
}

/// Ensures that the workspace has its account, and that Google finds it.
pub(super) async fn account(
    google: &GoogleStorage,
    held: &mut StorageLease<'_>,
    until: Instant,
) -> Result<Account, Failure> {
    let owner = owner(held.record())?;
    let found = match google.account(&owner).await {
        Ok(found) => found,
        Err(error) if is_unsettled(&error) => None,
        Err(error) => return Err(account_failure(error)),
    };
    let account = match found {
        Some(account) => account,
        None => made_account(google, &owner, until).await?,
    };
    held.note(|it| it.account = Some(account.email.clone())).await?;
    Ok(account)
}

async fn made_account(
    google: &GoogleStorage,
    owner: &Owner,
    until: Instant,
) -> Result<Account, Failure> {
    match google.create_account(owner).await {
        // An earlier call made it, and it was not known yet.
        Err(error) if error.is_conflict() => {}
        made => drop(made?),
    }
    retry_until_settled(until, || find_account(google, owner)).await?
}

/// Searches for an account that was created.
async fn find_account(
    google: &GoogleStorage,
    owner: &Owner,
) -> Result<Result<Account, Failure>, Error> {
    match google.account(owner).await {
        Ok(Some(account)) => Ok(Ok(account)),
        Ok(None) => Err(not_yet()),
        Err(error) if error.is_conflict() => Ok(Err(foreign_account())),
        // It was made by these credentials, so that they do not lack the role to see it.
        Err(error) if is_unsettled(&error) => Err(not_yet()),
        Err(error) => Err(error),
    }
}

/// Returns the error for an account that is not found although it was created.
fn not_yet() -> Error {
    let (upstream, method, path) =
        ("Google IAM", "GET", "/projects/{project}/serviceAccounts/{email}");
    Error { upstream, method, path, cause: Cause::NotFound, effect: covibe_storage::Effect::None }
}

fn account_failure(error: Error) -> Failure {
    if error.is_conflict() { foreign_account() } else { error.into() }
}

/// Ensures that the workspace has its bucket, private and in its location.
///
/// If somebody else has the name, it is replaced by another one, which is recorded before it is tried. The name of a
/// bucket that was in use stays, because apps know it.
pub(super) async fn bucket(
    google: &GoogleStorage,
    held: &mut StorageLease<'_>,
    slug: &str,
) -> Result<BucketName, Failure> {
    let owner = owner(held.record())?;
    for _ in 0..NAMES {
        let place = held.record().place.clone();
        let name = bucket_name(&place.bucket)?;
        if let Some(bucket) = found_or_made(google, &name, &place.location, &owner).await? {
            check(google, &name, &bucket, &place.location).await?;
            return Ok(name);
        }
        if held.record().access_key_id.is_some() {
            return Err(bucket_lost());
        }
        let another = BucketName::random(slug).ok_or_else(no_random_numbers)?;
        held.note(|it| another.as_str().clone_into(&mut it.place.bucket)).await?;
    }
    Err(no_free_name())
}

/// Returns the bucket of this name; `None` if somebody else has it.
async fn found_or_made(
    google: &GoogleStorage,
    name: &BucketName,
    location: &str,
    owner: &Owner,
) -> Result<Option<Bucket>, Failure> {
    let found = match google.bucket(name, owner).await {
        // One of the project that is not marked as the workspace's.
        Err(error) if error.is_conflict() => return Ok(None),
        found => found?,
    };
    if found.is_some() {
        return Ok(found);
    }
    match google.create_bucket(name, location, owner).await {
        // Another call made it, or this one did and its answer was lost; otherwise it is somebody else's.
        Err(Error { cause: Cause::Conflict(Conflict::Exists), .. }) => {
            match google.bucket(name, owner).await {
                Err(error) if error.is_conflict() => Ok(None),
                found => Ok(found?),
            }
        }
        made => {
            made?;
            Ok(google.bucket(name, owner).await?)
        }
    }
}

async fn check(
    google: &GoogleStorage,
    name: &BucketName,
    bucket: &Bucket,
    wanted: &str,
) -> Result<(), Failure> {
    if bucket.location != wanted {
        return Err(misplaced_bucket(wanted, &bucket.location));
    }
    if bucket.privacy == Privacy::Open {
        tracing::warn!(bucket = %name, "the bucket was not private, and is being made private");
        google.make_private(name).await?;
    }
    Ok(())
}

/// Ensures that the account may use the bucket.
pub(super) async fn grant(
    google: &GoogleStorage,
    name: &BucketName,
    account: &Account,
    until: Instant,
) -> Result<(), Failure> {
    retry_until_settled(until, || google.grant(name, account)).await
}
