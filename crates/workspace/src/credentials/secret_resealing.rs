//! Sealing stored secrets with the newest key, so that the older ones are no longer needed.

use covibe_crypto::{BoxError, SecretBox};
use covibe_domain::{TenantId, WorkspaceId, boxed};
use covibe_store::{Error, SealedTokens, Store, WorkspaceRecord};

use super::BotToken;
use super::command_output_sealing::reseal_outputs;
use crate::storage::{self, ResealOutcome};

/// The numbers of secrets by the outcome of their resealing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Secrets that are sealed with the newest key now.
    pub resealed: usize,
    /// Secrets that no key opens, and that were left as they are.
    pub unreadable: usize,
    /// Secrets that no key opens, and that were deleted.
    pub discarded: usize,
}

impl Resealed {
    fn add(&mut self, outcome: ResealOutcome) {
        match outcome {
            ResealOutcome::Fine => {}
            ResealOutcome::Resealed => self.resealed += 1,
            ResealOutcome::Unreadable => self.unreadable += 1,
            ResealOutcome::Discarded => self.discarded += 1,
        }
    }
}

/// Returns the ids of the keys that sealed the secrets of a workspace, one for each secret.
pub fn sealing_keys(of: &WorkspaceRecord) -> impl Iterator<Item = &str> {
    [BotToken::Pat, BotToken::Clone]
        .into_iter()
        .filter_map(|token| token.sealed_token(of))
        .map(|sealed| SecretBox::sealed_by(sealed).unwrap_or("unknown"))
}

/// Returns the id of the key that sealed the secret of a workspace's object storage, if it has one.
#[boxed]
pub async fn storage_sealing_key(
    store: &Store,
    of: &WorkspaceRecord,
) -> Result<Option<String>, Error> {
    storage::sealed_by(store, &of.tenant, &of.id).await
}

/// Seals the secrets of a tenant with the newest key, each workspace in a transaction of its own, and adds the outcomes
/// to `count`. With `discard`, deletes those that no key can decrypt: provisioning creates new ones. Safe to repeat, and
/// to run beside servers.
#[boxed]
pub async fn reseal_secrets(
    store: &Store,
    secrets: &SecretBox,
    tenant: &TenantId,
    discard: bool,
    count: &mut Resealed,
) -> Result<(), Error> {
    let mut tx = store.tenant_read(tenant).await?;
    let workspaces = tx.workspaces().await?;
    tx.commit().await?;
    for workspace in workspaces {
        let place = (tenant, &workspace.id);
        count.add(storage::reseal(store, secrets, place, discard).await?);
        for outcome in reseal_outputs(store, secrets, place, discard).await? {
            count.add(outcome);
        }
        if sealing_keys(&workspace).any(|key| key != secrets.newest_id()) {
            reseal(store, secrets, tenant, &workspace.id, discard, count).await?;
        }
    }
    Ok(())
}

async fn reseal(
    store: &Store,
    secrets: &SecretBox,
    tenant: &TenantId,
    workspace: &WorkspaceId,
    discard: bool,
    count: &mut Resealed,
) -> Result<(), Error> {
    let mut tx = store.tenant(tenant).await?;
    tx.lock_workspace(workspace).await?;
    let mut counted = *count;
    if let Some(record) = tx.workspace(workspace).await? {
        let mut sealed = |token| reseal_token(secrets, &record, token, discard, &mut counted);
        let tokens = SealedTokens { pat: sealed(BotToken::Pat), clone: sealed(BotToken::Clone) };
        tx.put_sealed(workspace, &tokens).await?;
    }
    tx.commit().await?;
    *count = counted;
    Ok(())
}

/// Returns the text to store in place of a sealed token; `None` to delete it.
fn reseal_token(
    secrets: &SecretBox,
    of: &WorkspaceRecord,
    token: BotToken,
    discard: bool,
    count: &mut Resealed,
) -> Option<String> {
    let sealed = token.sealed_token(of)?;
    if SecretBox::sealed_by(sealed) == Some(secrets.newest_id()) {
        return Some(sealed.to_owned());
    }
    match reencrypt(secrets, of, token, sealed) {
        Ok(renewed) => {
            count.resealed += 1;
            Some(renewed)
        }
        Err(_) if discard => {
            count.discarded += 1;
            None
        }
        Err(_) => {
            count.unreadable += 1;
            Some(sealed.to_owned())
        }
    }
}

fn reencrypt(
    secrets: &SecretBox,
    of: &WorkspaceRecord,
    token: BotToken,
    sealed: &str,
) -> Result<String, BoxError> {
    let opened = secrets.open(token.purpose(), of.id.as_str(), sealed)?;
    secrets.seal(token.purpose(), of.id.as_str(), &opened)
}
