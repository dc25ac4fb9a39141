//! The work of a person in a tenant, which ends when they may no longer do it: keys, invitations, links.

use covibe_domain::entities::KeyScope;
use covibe_domain::{Failure, KeyId, Timestamp, UserId};
use covibe_store::{RevokedKey, Tx};

use crate::authentication_state::Identity;

/// The keys, invitations and links that ended with the right to make them.
#[derive(Debug, Default)]
pub(crate) struct EndedWork {
    /// The keys.
    pub(crate) keys: Vec<RevokedKey>,
    /// The number of those that had not expired.
    pub(crate) valid_keys: usize,
    /// The number of open invitations.
    pub(crate) invitations: usize,
    /// The number of links for members that had not expired.
    pub(crate) links: usize,
}

/// Ends the work in the transaction's tenant of a person who is no longer an admin: their keys of scope `tenant`
/// and in workspaces that are not open to them now, the open invitations, and the links for its members.
pub(crate) async fn end_work_as_admin(tx: &mut Tx, user: &UserId) -> Result<EndedWork, Failure> {
    let mut ended = end_work(tx, user, Some(KeyScope::Tenant)).await?;
    ended.keys.extend(revoke_keys_elsewhere(tx, user).await?);
    Ok(ended)
}

/// Revokes the keys that a member of the tenant minted in workspaces that are no longer open to them.
async fn revoke_keys_elsewhere(tx: &mut Tx, user: &UserId) -> Result<Vec<RevokedKey>, Failure> {
    let (now, open) = (Timestamp::now(), tx.workspaces_of(user).await?);
    let mut revoked = Vec::new();
    for workspace in tx.workspaces().await? {
        if open.iter().all(|(id, _)| *id != workspace.id) {
            revoked.extend(tx.revoke_workspace_keys_minted_by(&workspace.id, user, now).await?);
        }
    }
    Ok(revoked)
}

/// Ends all work in the transaction's tenant of a person who is no longer a member: the same, with all of their
/// keys and the devices that are about to get some.
pub(crate) async fn end_all_work(tx: &mut Tx, user: &UserId) -> Result<EndedWork, Failure> {
    tx.deny_devices_approved_by(user).await?;
    end_work(tx, user, None).await
}

async fn end_work(
    tx: &mut Tx,
    user: &UserId,
    keys: Option<KeyScope>,
) -> Result<EndedWork, Failure> {
    let now = Timestamp::now();
    let invitations = tx.end_invitations_made_by(user, now).await?;
    let links = tx.delete_links_made_by(user, now).await?;
    let revoked = tx.revoke_keys_minted_by(user, keys, now).await?;
    let is_valid = |expires_at: &Option<Timestamp>| expires_at.is_none_or(|at| at > now);
    let valid_keys = revoked.iter().filter(|(_, expires_at)| is_valid(expires_at)).count();
    let keys = revoked.into_iter().map(|(key, _)| key).collect();
    Ok(EndedWork { keys, valid_keys, invitations, links })
}

impl Identity {
    /// Evicts keys that were revoked from the cache.
    pub fn forget_keys<'a>(&self, revoked: impl IntoIterator<Item = &'a KeyId>) {
        for key in revoked {
            self.cache.forget_key(key);
        }
    }

    /// Likewise, with keys that ended with the rights of a person.
    pub(crate) fn forget_revoked(&self, revoked: &[RevokedKey]) {
        self.forget_keys(revoked.iter().map(|key| &key.id));
    }
}
