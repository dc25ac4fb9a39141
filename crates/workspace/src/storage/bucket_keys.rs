//! Keys: created, stored with their secrets in one transaction, and removed if their secrets are lost.

use std::time::{Duration, Instant};

use covibe_crypto::SecretBox;
use covibe_domain::Failure;
use covibe_storage::{Account, GoogleStorage, HmacKey, KeyState, S3Key};
use covibe_store::StorageRecord;
use tokio::time::sleep;

use super::google_propagation::retry_until_settled;
use super::sealed_secret::seal;
use super::storage_lease::StorageLease;

/// The time for which a stored key may be missing from the list before it counts as removed.
const LISTED: Duration = Duration::from_secs(6);

/// The interval at which the list is read to find it.
const PAUSE: Duration = Duration::from_millis(500);

/// Ensures that the workspace has an active key whose secret is stored; with `rotates`, another one than now, unless a
/// rotation is under way. Removes all other keys of the account except the replaced one, which apps may still have.
/// Returns whether a key was created.
pub(super) async fn ensure(
    google: &GoogleStorage,
    secrets: &SecretBox,
    held: &mut StorageLease<'_>,
    (account, until): (&Account, Instant),
    rotates: bool,
) -> Result<bool, Failure> {
    let keys = list_keys(google, account, held.record(), until).await?;
    remove_strays(google, held.record(), &keys).await?;
    let is_usable = held.record().secret.is_some() && is_active(held.record(), &keys);
    // A replaced key is still there: the rotation that another call began goes on.
    let begins = rotates && held.record().previous_key_id.is_none();
    if is_usable && !begins {
        return Ok(false);
    }
    let made = retry_until_settled(until, || google.create_key(account)).await?;
    let key = S3Key { access_key_id: made.access_id, secret: made.secret };
    let sealed = seal(secrets, &held.record().workspace, &key)?;
    held.note(|it| {
        // Of two that are replaced one after the other, the first is removed as a stray.
        it.previous_key_id = it.access_key_id.replace(key.access_key_id.clone());
        it.secret = Some(sealed);
    })
    .await?;
    // A key whose answer was lost may have become known since.
    let keys = google.keys(account).await?;
    remove_strays(google, held.record(), &keys).await?;
    Ok(true)
}

/// Removes the replaced key.
pub(super) async fn remove_previous(
    google: &GoogleStorage,
    held: &mut StorageLease<'_>,
) -> Result<(), Failure> {
    if let Some(previous) = held.record().previous_key_id.clone() {
        google.delete_key(&previous).await?;
        held.note(|it| it.previous_key_id = None).await?;
    }
    Ok(())
}

/// Lists the account's keys; waits a little for the stored one.
async fn list_keys(
    google: &GoogleStorage,
    account: &Account,
    of: &StorageRecord,
    until: Instant,
) -> Result<Vec<HmacKey>, Failure> {
    let end = until.min(Instant::now() + LISTED);
    loop {
        let keys = retry_until_settled(until, || google.keys(account)).await?;
        let is_there = |id: &String| keys.iter().any(|key| key.access_id == *id);
        if of.access_key_id.as_ref().is_none_or(is_there) || Instant::now() >= end {
            return Ok(keys);
        }
        sleep(PAUSE).await;
    }
}

fn is_active(of: &StorageRecord, keys: &[HmacKey]) -> bool {
    let mut active = keys.iter().filter(|key| key.state == KeyState::Active);
    active.any(|key| of.access_key_id.as_ref() == Some(&key.access_id))
}

/// Removes keys whose secrets were lost between Google and the database.
async fn remove_strays(
    google: &GoogleStorage,
    of: &StorageRecord,
    keys: &[HmacKey],
) -> Result<(), Failure> {
    let known = [&of.access_key_id, &of.previous_key_id];
    for key in keys {
        if !known.into_iter().flatten().any(|id| *id == key.access_id) {
            tracing::info!(workspace = %of.workspace, key = key.access_id, "an unknown key is being deleted");
            google.delete_key(&key.access_id).await?;
        }
    }
    Ok(())
}
