//! Minting, listing and revoking keys.

use std::time::Duration;

use covibe_crypto::{MintedKey, mint_key};
use covibe_domain::entities::{AgentType, ApiKey, KeyAccess, KeyScope, Role};
use covibe_domain::{
    Actor, Failure, KeyId, Kind, Secret, TenantId, Timestamp, UserId, WorkspaceId, boxed,
};
use covibe_policy::Principal;
use covibe_store::{Error, NewKey, RevokedKey, Tx};

use crate::authentication_state::Identity;
use crate::key_expiry::Expiry;
use crate::people::hold_session;

const DAY: Duration = Duration::from_hours(24);

/// The maximum number of keys of a workspace: one for each agent and device, with room to spare.
const MAX_KEYS: usize = 200;

/// The default of the number of keys that the keys of a workspace may mint in 24 hours, and of the number that its
/// people may. The records of revoked keys are kept for long.
pub const MINTED_A_DAY: u64 = 300;

/// The time to wait before the next key is minted, once the workspace has minted as many as it may.
const MINT_LATER: Duration = Duration::from_hours(1);

/// The properties of a new key.
#[derive(Clone, Debug, Default)]
pub struct KeyRequest {
    /// Its name.
    pub name: Option<String>,
    /// The agent it is for.
    pub agent_type: Option<AgentType>,
    /// The resources that it reaches.
    pub scope: KeyScope,
    /// The access that it has to them.
    pub access: KeyAccess,
    /// When it expires.
    pub expiry: Expiry,
}

/// The minter of a key: neither a person nor a key for the operator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minter {
    /// The person who mints it, by themselves or by a key that they had minted. It ends with their membership of the
    /// tenant.
    pub(crate) person: Option<UserId>,
    /// The key with which it is minted. It ends with that key.
    pub(crate) key: Option<KeyId>,
}

/// A new key and its record. The token is shown only once.
#[derive(Debug)]
pub struct NewApiKey {
    /// The record.
    pub key: ApiKey,
    /// The key itself.
    pub token: Secret,
}

impl Identity {
    /// Mints a key for the caller's workspace, with at most the caller's own rights. Only a caller of
    /// scope `tenant` mints a key that outlives its own.
    #[boxed]
    pub async fn mint(&self, by: &Principal, request: KeyRequest) -> Result<NewApiKey, Failure> {
        if matches!(request.expiry, Expiry::At(at) if at <= Timestamp::now()) {
            return Err(Failure::invalid("`expiresAt` is in the past.")
                .hint("Pass a later time, or omit it for a key that expires after 90 days."));
        }
        if by.access() != KeyAccess::Full {
            return Err(by.needs_full_access("keys.mint"));
        }
        if request.scope == KeyScope::Tenant && by.scope != KeyScope::Tenant {
            return Err(Failure::forbidden(
                "This key acts on one workspace and cannot mint a key with a wider scope.",
            )
            .hint("Omit the scope, or mint with a key whose scope is tenant."));
        }
        let mut tx = self.store.tenant(&by.tenant).await?;
        // Otherwise a person who is removed from the tenant at this moment would keep the key.
        tx.lock_tenant().await?;
        tx.lock_workspace(&by.workspace).await?;
        let latest = latest_expiry(&mut tx, by).await?;
        let expires_at = request.expiry.resolve(Timestamp::now(), latest)?;
        let made_by = minter(&mut tx, by, request.scope).await?;
        self.check_room(&mut tx, &by.workspace, &made_by, 1).await?;
        let minted = mint_in(&mut tx, &by.workspace, request, expires_at, made_by).await?;
        tx.commit().await.map_err(lost_key)?;
        Ok(minted)
    }

    /// Checks that the workspace, whose row is locked, may have that many more keys, and that the minter may mint them
    /// today.
    ///
    /// People and keys have as many a day each, and the operator is not limited: whoever has stolen a key can't keep
    /// them from minting the keys that replace it.
    pub(crate) async fn check_room(
        &self,
        tx: &mut Tx,
        workspace: &WorkspaceId,
        minter: &Minter,
        more: usize,
    ) -> Result<(), Failure> {
        if tx.keys(workspace).await?.len() + more > MAX_KEYS {
            return Err(Failure::conflict(format!("The workspace already has {MAX_KEYS} keys."))
                .hint("Revoke keys that are no longer used."));
        }
        let counted = tx.count_minted_keys(workspace, Timestamp::now().before(DAY)).await?;
        let count = match minter {
            Minter { key: Some(_), .. } => counted.by_keys,
            Minter { person: Some(_), .. } => counted.by_people,
            Minter { person: None, key: None } => return Ok(()),
        };
        if count.saturating_add(more as u64) <= self.minted_a_day {
            return Ok(());
        }
        let (minters, way_out) = match minter.key {
            Some(_) => ("keys", " If one more is needed, a person can mint it in the console."),
            None => ("people", ""),
        };
        let message = format!(
            "The {minters} of the workspace have minted {count} keys in the last 24 hours."
        );
        Err(Failure::new(Kind::Limited, message)
            .hint(format!("Use the keys that it has. Do not mint one for each call.{way_out}"))
            .retry_after(MINT_LATER))
    }

    /// Mints the first key of a workspace, before anybody can call for it.
    #[boxed]
    pub async fn mint_first(
        &self,
        tenant: &TenantId,
        workspace: &WorkspaceId,
        request: KeyRequest,
    ) -> Result<NewApiKey, Failure> {
        let expires_at = request.expiry.resolve(Timestamp::now(), None)?;
        let mut tx = self.store.tenant(tenant).await?;
        let minted = mint_in(&mut tx, workspace, request, expires_at, Minter::default()).await?;
        tx.commit().await?;
        Ok(minted)
    }

    /// Returns the keys of the caller's workspace that are not revoked, newest first.
    #[boxed]
    pub async fn keys(&self, of: &Principal) -> Result<Vec<ApiKey>, Failure> {
        let mut tx = self.store.tenant_read(&of.tenant).await?;
        let keys = tx.keys(&of.workspace).await?;
        tx.commit().await?;
        Ok(keys)
    }

    /// Evicts a workspace whose record has changed from the cache.
    pub fn forget_workspace(&self, workspace: &WorkspaceId) {
        self.cache.forget_workspace(workspace);
    }

    /// Revokes a key of the caller's workspace, and all keys that were minted with it, with one of those, and so on: at
    /// once on this instance, within two seconds on others. Returns the keys that were revoked besides it.
    ///
    /// # Errors
    ///
    /// Forbidden for a key whose scope is wider than the caller's.
    #[boxed]
    pub async fn revoke(&self, by: &Principal, key: &KeyId) -> Result<Vec<RevokedKey>, Failure> {
        let mut tx = self.store.tenant(&by.tenant).await?;
        let keys = tx.keys(&by.workspace).await?;
        let is_wider = keys.iter().any(|one| one.id == *key && one.scope == KeyScope::Tenant);
        if is_wider && by.scope != KeyScope::Tenant {
            return Err(Failure::forbidden(
                "This key acts on one workspace and cannot revoke a key with a wider scope.",
            )
            .hint("Revoke it with a key whose scope is tenant, or ask the operator."));
        }
        let revoked = tx.revoke_key(&by.workspace, key, Timestamp::now()).await?;
        let ended = tx.commit().await;
        // Also if nobody knows whether it is revoked.
        self.cache.forget_key(key);
        self.forget_keys(revoked.iter().flatten().map(|other| &other.id));
        ended?;
        let missing =
            || Failure::not_found(format!("Key {key} was not found.")).hint("List the keys.");
        revoked.ok_or_else(missing)
    }
}

/// Returns the failure of a mint whose outcome is unknown: a key that may exist is of no use, because its token is
/// lost.
fn lost_key(error: Error) -> Failure {
    let failure = Failure::from(error);
    if !failure.is_in_doubt() {
        return failure;
    }
    failure.hint("List the keys. If there is a new one, revoke it: its token is lost. Then mint another one.")
}

/// Returns the latest expiry of the keys that a caller may mint: that of its own key, or `None` with scope `tenant`.
///
/// The own key is held: a transaction that revokes it sees all keys that were minted with it.
///
/// # Errors
///
/// Unauthenticated if the own key is revoked or expired: a cached caller may call for a second after
/// another instance has revoked its key.
async fn latest_expiry(tx: &mut Tx, by: &Principal) -> Result<Option<Timestamp>, Failure> {
    let Some(own) = by.actor.key() else { return Ok(None) };
    let held = tx.hold_key(own).await?;
    let is_valid = |key: &ApiKey| key.expires_at.is_none_or(|at| at > Timestamp::now());
    let Some(own) = held.filter(is_valid) else {
        return Err(Failure::new(Kind::Unauthenticated, "The key was revoked, or has expired.")
            .hint("Ask the user to mint a fresh one."));
    };
    Ok(own.expires_at.filter(|_| by.scope == KeyScope::Workspace))
}

/// Returns the caller as the minter of a key, in their tenant, whose row is locked.
///
/// # Errors
///
/// Forbidden if they are no longer a member, or may no longer mint such a key there; unauthenticated if their
/// session has ended.
async fn minter(tx: &mut Tx, by: &Principal, scope: KeyScope) -> Result<Minter, Failure> {
    hold_session(tx, by).await?;
    let person = match &by.actor {
        Actor::Person(user) => Some(user.clone()),
        Actor::Key(key) => tx.minter_of(key).await?,
        Actor::Operator => None,
    };
    let minter = Minter { person, key: by.actor.key().cloned() };
    let Some(user) = &minter.person else { return Ok(minter) };
    let Some(membership) = tx.membership(user).await? else {
        return Err(Failure::forbidden("You are no longer a member of this company."));
    };
    // A key was checked by its own scope, and ends with the right to have it.
    if by.person().is_some() && membership.role == Role::Member {
        let open = tx.workspaces_of(user).await?;
        let is_open = open.iter().any(|(workspace, _)| *workspace == by.workspace);
        if scope == KeyScope::Tenant || !is_open {
            return Err(Failure::forbidden("Your role in this company has changed.")
                .hint("Ask one of its admins."));
        }
    }
    Ok(minter)
}

/// Mints a key in a transaction of its tenant.
pub(crate) async fn mint_in(
    tx: &mut Tx,
    workspace: &WorkspaceId,
    request: KeyRequest,
    expires_at: Option<Timestamp>,
    minter: Minter,
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
        access: request.access,
        created_at: Timestamp::now(),
        expires_at,
        minted_by: minter.person,
        minted_with: minter.key,
    };
    tx.insert_key(&new).await?;
    let key = ApiKey {
        id: new.id,
        name: new.name,
        prefix: new.prefix,
        agent_type: new.agent_type,
        scope: new.scope,
        access: new.access,
        created_at: new.created_at,
        last_used_at: None,
        expires_at: new.expires_at,
        minted_by: new.minted_with.map(Actor::Key).or(new.minted_by.map(Actor::Person)),
    };
    Ok(NewApiKey { key, token })
}
