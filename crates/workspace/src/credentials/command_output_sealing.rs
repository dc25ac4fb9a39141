//! Sealing the outputs of commands with the newest key.

use covibe_crypto::{BoxError, SecretBox};
use covibe_domain::{CommandId, TenantId, WorkspaceId, boxed};
use covibe_store::{Error, Store, WorkspaceRecord};

use crate::detached_commands::output_purpose;
use crate::storage::ResealOutcome;

/// Returns the ids of the keys that sealed the outputs of a workspace's commands, one for each output.
#[boxed]
pub async fn command_sealing_keys(
    store: &Store,
    of: &WorkspaceRecord,
) -> Result<Vec<String>, Error> {
    let mut tx = store.tenant_read(&of.tenant).await?;
    let outputs = tx.detached_outputs(&of.id).await?;
    tx.commit().await?;
    let key = |sealed: &str| SecretBox::sealed_by(sealed).unwrap_or("unknown").to_owned();
    Ok(outputs.iter().map(|(_, sealed)| key(sealed)).collect())
}

/// Seals the outputs of a workspace's commands with the newest key, and returns the outcome for each. With `discard`,
/// deletes those that no key can decrypt.
pub(super) async fn reseal_outputs(
    store: &Store,
    secrets: &SecretBox,
    (tenant, workspace): (&TenantId, &WorkspaceId),
    discard: bool,
) -> Result<Vec<ResealOutcome>, Error> {
    let mut tx = store.tenant(tenant).await?;
    let mut outcomes = Vec::new();
    for (id, sealed) in tx.detached_outputs(workspace).await? {
        if SecretBox::sealed_by(&sealed) == Some(secrets.newest_id()) {
            continue;
        }
        let (renewed, outcome) = match reencrypt(secrets, workspace, &id, &sealed) {
            Ok(renewed) => (Some(renewed), ResealOutcome::Resealed),
            Err(_) if discard => (None, ResealOutcome::Discarded),
            Err(_) => (Some(sealed.clone()), ResealOutcome::Unreadable),
        };
        if outcome != ResealOutcome::Unreadable {
            tx.reseal_detached_output(workspace, &id, &sealed, renewed).await?;
        }
        outcomes.push(outcome);
    }
    tx.commit().await?;
    Ok(outcomes)
}

fn reencrypt(
    secrets: &SecretBox,
    workspace: &WorkspaceId,
    id: &CommandId,
    sealed: &str,
) -> Result<String, BoxError> {
    let opened = secrets.open(&output_purpose(id), workspace.as_str(), sealed)?;
    secrets.seal(&output_purpose(id), workspace.as_str(), &opened)
}
