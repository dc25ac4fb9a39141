//! The deletion of a tenant, as far as the database goes: that it began, the end of its keys and people, and its end.
//!
//! In between, the operator's command deletes what the tenant has on the upstreams, by the operations for that. The
//! records of a beginning and of an end make a deletion that was interrupted one that is repeated; its tenant is
//! suspended from before anything is deleted.

use covibe_domain::{Failure, TenantId, Timestamp, boxed};
use covibe_identity::EndedTenant;
use covibe_store::WorkspaceRecord;

use super::suspension::Deed;
use crate::platform::Platform;

/// The operation's name in the audit.
const TOOL: &str = "tenant.delete";

/// A tenant whose deletion has begun.
pub struct TenantDeletion<'a> {
    platform: &'a Platform,
    tenant: TenantId,
    deed: Deed<'a>,
    /// The numbers of things that ended when it began.
    pub ended: EndedTenant,
}

impl Platform {
    /// Begins to delete a tenant, or goes on with that: suspends it, and ends its keys and people.
    ///
    /// # Errors
    ///
    /// Not found if there is no such tenant; unready if the audit can't be written: nothing changes then.
    #[boxed]
    pub async fn begin_tenant_deletion<'a>(
        &'a self,
        tenant: &TenantId,
    ) -> Result<TenantDeletion<'a>, Failure> {
        self.tenant_record(tenant).await?;
        let deed = Deed::begin(self, tenant, TOOL).await?;
        let mut tx = self.store.tenant(tenant).await?;
        tx.begin_tenant_deletion(Timestamp::now()).await?;
        tx.commit().await?;
        let ended = self.identity().end_tenant(tenant).await?;
        Ok(TenantDeletion { platform: self, tenant: tenant.clone(), deed, ended })
    }

    /// Returns the resources of a workspace whose deletion began in the last day and was not seen to end, by uuid, with
    /// the name that confirms it.
    #[boxed]
    pub async fn unfinished_deletions(
        &self,
        of: &WorkspaceRecord,
    ) -> Result<Vec<(String, String)>, Failure> {
        let mut tx = self.store.tenant_read(&of.tenant).await?;
        let left = tx.begun_removals(&of.id, "resource").await?;
        tx.commit().await?;
        Ok(left)
    }
}

impl TenantDeletion<'_> {
    /// Records that nothing is left to delete.
    ///
    /// # Errors
    ///
    /// As those of the store; the deletion goes on as one that has begun then.
    #[boxed]
    pub async fn record_end(&self) -> Result<(), Failure> {
        let mut tx = self.platform.store.tenant(&self.tenant).await?;
        tx.end_tenant_deletion(Timestamp::now()).await?;
        tx.commit().await?;
        self.deed.record_end().await
    }

    /// Records that this attempt ended and something is left.
    #[boxed]
    pub async fn record_stop(&self) -> Result<(), Failure> {
        self.deed.record_stop().await
    }
}
