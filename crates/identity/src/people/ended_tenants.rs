//! The end of a tenant's keys and people, when its operator deletes it.

use covibe_domain::{Failure, TenantId, Timestamp, UserId, boxed};
use covibe_store::Tx;

use super::members::end_membership;
use crate::authentication_state::Identity;
use crate::identity_provider::{CallReason, Provider};

/// The numbers of things that ended of a tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndedTenant {
    /// The number of keys that were revoked.
    pub keys: usize,
    /// The number of open invitations that were revoked.
    pub invitations: usize,
    /// The number of memberships that ended.
    pub people: usize,
}

impl Identity {
    /// Ends the keys, invitations, links and memberships of a tenant, as its operator. The accounts of its people stay
    /// theirs; a session of somebody ends, unless they work in another tenant. Safe to repeat: what ended before is
    /// not counted again.
    #[boxed]
    pub async fn end_tenant(&self, tenant: &TenantId) -> Result<EndedTenant, Failure> {
        let mut ended = self.end_keys(tenant).await?;
        let mut tx = self.store.tenant_read(tenant).await?;
        let members = tx.members().await?;
        tx.commit().await?;
        for member in members {
            ended.people += usize::from(self.end_member(tenant, &member.user.id).await?);
        }
        Ok(ended)
    }

    /// Ends what leads into a tenant without its members.
    async fn end_keys(&self, tenant: &TenantId) -> Result<EndedTenant, Failure> {
        let now = Timestamp::now();
        let mut tx = self.store.tenant(tenant).await?;
        tx.lock_tenant().await?;
        let revoked = tx.revoke_all_keys(now).await?;
        let open = tx.invitations(now).await?;
        if let Some(provider) = self.provider_for_operator() {
            // Before they end here, so that a repetition knows of those that are left.
            for id in open.iter().filter_map(|one| one.provider.as_deref()) {
                provider.revoke_invitation(id).await?;
            }
        }
        for invitation in &open {
            tx.end_invitation(&invitation.id, None, now).await?;
        }
        delete_links(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_keys(&revoked);
        Ok(EndedTenant { keys: revoked.len(), invitations: open.len(), people: 0 })
    }

    fn provider_for_operator(&self) -> Option<Provider> {
        self.provider().map(|provider| provider.calling_for(CallReason::Operator))
    }

    /// Ends a membership. Returns false if it had ended.
    async fn end_member(&self, tenant: &TenantId, user: &UserId) -> Result<bool, Failure> {
        if let Some(provider) = self.provider_for_operator() {
            provider.remove(tenant, user).await?;
        }
        let mut tx = self.store.tenant_and_person(tenant, user).await?;
        tx.lock_tenant().await?;
        let revoked = end_membership(&mut tx, tenant, user).await?;
        tx.commit().await?;
        self.forget_revoked(revoked.as_deref().unwrap_or_default());
        Ok(revoked.is_some())
    }
}

async fn delete_links(tx: &mut Tx, now: Timestamp) -> Result<(), Failure> {
    for link in tx.links_of_tenant(now).await? {
        tx.delete_link_of_tenant(&link.id).await?;
    }
    Ok(())
}
