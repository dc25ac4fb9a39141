//! The suspension of a tenant: its keys and people are refused, and nothing of it is started.
//!
//! Apps that run are left as they are. Servers cache keys for a second, so that they refuse them that much later at most.

use covibe_domain::{Failure, TenantId, Timestamp, boxed};
use covibe_store::{AuditEntry, TenantRecord, TenantStatus};

use crate::audit::{Author, random_id};
use crate::platform::Platform;

impl Platform {
    /// Suspends a tenant as the operator. Returns false if it was suspended before.
    ///
    /// # Errors
    ///
    /// Not found if there is no such tenant; unready if the audit can't be written: nothing changes then.
    #[boxed]
    pub async fn suspend_tenant(&self, tenant: &TenantId) -> Result<bool, Failure> {
        if self.tenant_record(tenant).await?.status != TenantStatus::Active {
            return Ok(false);
        }
        let deed = Deed::begin(self, tenant, "tenant.suspend").await?;
        let mut tx = self.store.tenant(tenant).await?;
        let is_new = tx.suspend_tenant(Timestamp::now()).await?;
        tx.commit().await?;
        deed.record_end().await?;
        Ok(is_new)
    }

    /// Ends the suspension of a tenant as the operator. Returns false if it is not suspended.
    ///
    /// # Errors
    ///
    /// Not found if there is no such tenant; conflict once its deletion has begun; unready as for a suspension.
    #[boxed]
    pub async fn resume_tenant(&self, tenant: &TenantId) -> Result<bool, Failure> {
        match self.tenant_record(tenant).await?.status {
            TenantStatus::Active => return Ok(false),
            TenantStatus::Suspended(_) => {}
            TenantStatus::Deleting(_) | TenantStatus::Deleted(_) => return Err(is_deleted(tenant)),
        }
        let deed = Deed::begin(self, tenant, "tenant.resume").await?;
        let mut tx = self.store.tenant(tenant).await?;
        let is_resumed = tx.resume_tenant().await?;
        tx.commit().await?;
        deed.record_end().await?;
        Ok(is_resumed)
    }

    /// Returns a tenant with its status.
    ///
    /// # Errors
    ///
    /// Not found if there is none with this id.
    pub(crate) async fn tenant_record(&self, tenant: &TenantId) -> Result<TenantRecord, Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let record = tx.tenant_record().await?;
        tx.commit().await?;
        record.ok_or_else(|| no_tenant(tenant))
    }

    /// Returns whether nothing of a tenant is to be started.
    pub(crate) async fn is_suspended(&self, tenant: &TenantId) -> Result<bool, Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let is_suspended = tx.is_suspended().await?;
        tx.commit().await?;
        Ok(is_suspended)
    }
}

/// A deed of the operator to a tenant, from the entry that precedes it in the audit to that of its end.
pub(crate) struct Deed<'a> {
    platform: &'a Platform,
    author: Author,
    call: String,
    tool: &'static str,
}

impl<'a> Deed<'a> {
    /// Writes the entry that precedes it.
    ///
    /// # Errors
    ///
    /// Unready if it was not written in time: nothing may be changed.
    pub(crate) async fn begin(
        platform: &'a Platform,
        tenant: &TenantId,
        tool: &'static str,
    ) -> Result<Self, Failure> {
        let deed = Self { platform, author: Author::operator(tenant), call: random_id(), tool };
        deed.record(AuditEntry::STARTED).await?;
        Ok(deed)
    }

    /// Writes the entry of its end.
    pub(crate) async fn record_end(&self) -> Result<(), Failure> {
        self.record("ok").await
    }

    /// Writes the entry of an end at which something is left to do.
    pub(crate) async fn record_stop(&self) -> Result<(), Failure> {
        self.record("conflict").await
    }

    async fn record(&self, outcome: &str) -> Result<(), Failure> {
        let entry = self.author.tenant_entry(&self.call, self.tool, outcome);
        self.platform.auditor().record(entry).await
    }
}

fn no_tenant(tenant: &TenantId) -> Failure {
    Failure::not_found(format!("There is no tenant {tenant}."))
        .hint("`covibe-server tenant list` lists them.")
}

fn is_deleted(tenant: &TenantId) -> Failure {
    Failure::conflict(format!("The deletion of the tenant {tenant} has begun and can't be undone."))
        .hint("`covibe-server tenant create` creates another tenant.")
}
