//! Minting, listing and revoking.

use covibe_crypto::{MintedKey, mint_key};
use covibe_domain::entities::{AgentType, ApiKey, KeyScope};
use covibe_domain::{Failure, KeyId, Secret, TenantId, Timestamp, WorkspaceId};
use covibe_policy::Principal;
use covibe_store::{NewKey, Tx};

use crate::{Identity, now};

/// How many keys a workspace may have at once: one per agent and device, with room.
const MAX_KEYS: usize = 200;

/// What a new key is to be like.
#[derive(Clone, Debug, Default)]
pub struct KeyRequest {
    /// What its owner calls it.
    pub name: Option<String>,
    /// The agent it is for.
    pub agent_type: Option<AgentType>,
    /// What it opens.
    pub scope: KeyScope,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// A fresh key and its record; the token is shown this once.
#[derive(Debug)]
pub struct NewApiKey {
    /// The record.
    pub key: ApiKey,
    /// The key itself.
    pub token: Secret,
}

impl Identity {
    /// Mints a key for the caller's workspace, which opens no more than the caller's own.
    pub async fn mint(&self, by: &Principal, request: KeyRequest) -> Result<NewApiKey, Failure> {
        if request.expires_at.is_some_and(|at| at <= now()) {
            return Err(Failure::invalid("expiresAt lies in the past.")
                .hint("Pass a later time, or leave it out for a key that does not expire."));
        }
        if request.scope == KeyScope::Tenant && by.scope != KeyScope::Tenant {
            return Err(Failure::forbidden(
                "This key opens one workspace and can't mint a wider one.",
            )
            .hint("Leave the scope out, or mint with a key whose scope is tenant."));
        }
        let mut tx = self.store.tenant(&by.tenant).await?;
        if tx.keys(&by.workspace).await?.len() >= MAX_KEYS {
            return Err(Failure::conflict(format!("The workspace has {MAX_KEYS} keys already."))
                .hint("Revoke the ones that are not used any more."));
        }
        let minted = mint_in(&mut tx, &by.workspace, request).await?;
        tx.commit().await?;
        Ok(minted)
    }

    /// Mints the first key of a workspace, when nobody can call for it yet.
    pub async fn mint_first(
        &self,
        tenant: &TenantId,
        workspace: &WorkspaceId,
        request: KeyRequest,
    ) -> Result<NewApiKey, Failure> {
        let mut tx = self.store.tenant(tenant).await?;
        let minted = mint_in(&mut tx, workspace, request).await?;
        tx.commit().await?;
        Ok(minted)
    }

    /// The keys of the caller's workspace that are not revoked, newest first.
    pub async fn keys(&self, of: &Principal) -> Result<Vec<ApiKey>, Failure> {
        let mut tx = self.store.tenant_read(&of.tenant).await?;
        let keys = tx.keys(&of.workspace).await?;
        tx.commit().await?;
        Ok(keys)
    }

    /// Forgets what was looked up of a workspace, whose record has changed: the next call reads it
    /// again.
    pub fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.cache.forget_workspace(workspace);
    }

    /// Revokes a key of the caller's workspace: at once here, within two seconds elsewhere.
    pub async fn revoke(&self, by: &Principal, key: &KeyId) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&by.tenant).await?;
        let revoked = tx.revoke_key(&by.workspace, key, now()).await?;
        tx.commit().await?;
        self.cache.forget_key(key);
        if revoked {
            return Ok(());
        }
        Err(Failure::not_found(format!("Key {key} was not found.")).hint("List the keys."))
    }
}

async fn mint_in(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    request: KeyRequest,
) -> Result<NewApiKey, Failure> {
    let MintedKey { token, prefix, digest } = mint_key();
    let new = NewKey {
        id: KeyId::from_random(covibe_crypto::random()),
        workspace: workspace.clone(),
        name: request.name,
        prefix,
        digest,
        agent_type: request.agent_type,
        scope: request.scope,
        created_at: now(),
        expires_at: request.expires_at,
    };
    tx.insert_key(&new).await?;
    let NewKey { id, name, prefix, agent_type, scope, created_at, expires_at, .. } = new;
    let last_used_at = None;
    let key = ApiKey { id, name, prefix, agent_type, scope, created_at, last_used_at, expires_at };
    Ok(NewApiKey { key, token })
}
