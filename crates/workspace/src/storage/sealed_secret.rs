//! The secret of a key of object storage, as it is stored: sealed for its workspace and for its key's id, so that it
//! cannot be opened as another one.

use covibe_crypto::{BoxError, SecretBox};
use covibe_domain::entities::StorageProvider;
use covibe_domain::{Failure, TenantId, WorkspaceId};
use covibe_storage::S3Key;
use covibe_store::{Error, StorageRecord, Store, Tx};

use super::errors::{no_storage, unopenable_secret, unsealable_secret};
use crate::platform::Platform;

/// Returns the purpose that the secret of a key is sealed for.
fn purpose(access_key_id: &str) -> String {
    format!("storage_secret:{access_key_id}")
}

/// Seals the secret of a workspace's key.
pub(super) fn seal(
    secrets: &SecretBox,
    workspace: &WorkspaceId,
    key: &S3Key,
) -> Result<String, Failure> {
    let sealed = secrets.seal(&purpose(&key.access_key_id), workspace.as_str(), &key.secret);
    sealed.map_err(|error| {
        tracing::error!(%error, "the secret key for object storage could not be encrypted");
        unsealable_secret()
    })
}

/// Opens the key of a workspace.
pub(super) fn open(platform: &Platform, of: &StorageRecord) -> Result<S3Key, Failure> {
    let (Some(id), Some(sealed)) = (&of.access_key_id, &of.secret) else {
        return Err(no_storage());
    };
    let opened = platform.secrets.open(&purpose(id), of.workspace.as_str(), sealed);
    let secret = opened.map_err(|error| {
        let key = SecretBox::sealed_by(sealed).unwrap_or("unknown");
        tracing::error!(%error, key, workspace = %of.workspace, "the secret key for object storage could not be decrypted");
        unopenable_secret()
    })?;
    Ok(S3Key { access_key_id: id.clone(), secret })
}

/// Returns the id of the key that sealed the secret of a workspace, if it has one.
pub(crate) async fn sealed_by(
    store: &Store,
    tenant: &TenantId,
    workspace: &WorkspaceId,
) -> Result<Option<String>, Error> {
    let mut tx = store.tenant_read(tenant).await?;
    let record = tx.storage(workspace).await?;
    tx.commit().await?;
    let sealed = record.and_then(|record| record.secret);
    Ok(sealed.map(|text| SecretBox::sealed_by(&text).unwrap_or("unknown").to_owned()))
}

/// Deletes the secret of a workspace's key at Google, in a transaction of its tenant. The next call that provisions the
/// storage then creates another key, and ends this one once no app runs with it. The operator's key stays.
pub(crate) async fn discard_google_secret(
    tx: &mut Tx,
    workspace: &WorkspaceId,
) -> Result<(), Error> {
    let record = tx.storage(workspace).await?;
    let record = record.filter(|record| record.place.provider == StorageProvider::Gcs);
    if let Some(sealed) = record.and_then(|record| record.secret) {
        tx.reseal_storage(workspace, &sealed, None).await?;
    }
    Ok(())
}

/// The outcome of sealing a secret with the newest key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResealOutcome {
    /// There is no secret, or the newest key sealed it already.
    Fine,
    /// It is sealed with the newest key now.
    Resealed,
    /// No key opens it; it was left as it is.
    Unreadable,
    /// No key opens it; it was deleted.
    Discarded,
}

/// Seals the secret of a workspace with the newest key. With `discard`, deletes one that no key opens.
pub(crate) async fn reseal(
    store: &Store,
    secrets: &SecretBox,
    (tenant, workspace): (&TenantId, &WorkspaceId),
    discard: bool,
) -> Result<ResealOutcome, Error> {
    let mut tx = store.tenant(tenant).await?;
    let record = tx.storage(workspace).await?;
    let found = record.as_ref().and_then(|it| it.access_key_id.as_ref().zip(it.secret.as_ref()));
    let Some((id, sealed)) = found else { return Ok(ResealOutcome::Fine) };
    if SecretBox::sealed_by(sealed) == Some(secrets.newest_id()) {
        return Ok(ResealOutcome::Fine);
    }
    let (renewed, outcome) = match reencrypt(secrets, workspace, id, sealed) {
        Ok(renewed) => (Some(renewed), ResealOutcome::Resealed),
        Err(_) if discard => (None, ResealOutcome::Discarded),
        Err(_) => return Ok(ResealOutcome::Unreadable),
    };
    tx.reseal_storage(workspace, sealed, renewed).await?;
    tx.commit().await?;
    Ok(outcome)
}

fn reencrypt(
    secrets: &SecretBox,
    workspace: &WorkspaceId,
    id: &str,
    sealed: &str,
) -> Result<String, BoxError> {
    let opened = secrets.open(&purpose(id), workspace.as_str(), sealed)?;
    secrets.seal(&purpose(id), workspace.as_str(), &opened)
}
