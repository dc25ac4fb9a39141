//! The right to work on the storage of a workspace, which one call has at a time.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, TenantId, WorkspaceId};
use covibe_store::{StorageInjection, StorageRecord, Store};
use tokio::time::sleep;

use super::errors::{in_progress, no_storage};
use crate::journal::lease_times::{PAUSE, Patience};

/// A storage that this call works on, and no other.
pub(super) struct StorageLease<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
    /// The storage as this call has written it down, with the end of the lease.
    record: StorageRecord,
}

impl<'a> StorageLease<'a> {
    /// Acquires the lease, and waits for the call that has it.
    ///
    /// # Errors
    ///
    /// Unready without storage, or while another call works on it.
    pub(super) async fn acquire(
        store: &'a Store,
        (tenant, workspace): (&'a TenantId, &WorkspaceId),
        patience: Patience,
    ) -> Result<Self, Failure> {
        loop {
            let mut tx = store.tenant(tenant).await?;
            let seen = tx.storage(workspace).await?.ok_or_else(no_storage)?;
            let held = match seen.lease_left {
                Duration::ZERO => tx.hold_storage(&seen, patience.lease()).await?,
                _ => None,
            };
            tx.commit().await?;
            if let Some(record) = held {
                return Ok(Self { store, tenant, record });
            }
            if Instant::now() >= patience.until() {
                return Err(in_progress());
            }
            sleep(PAUSE).await;
        }
    }

    /// Returns the tenant of the workspace.
    pub(super) fn tenant(&self) -> &TenantId {
        self.tenant
    }

    /// Returns the storage as it was written down last.
    pub(super) fn record(&self) -> &StorageRecord {
        &self.record
    }

    /// Writes down what changes, if anything does.
    ///
    /// # Errors
    ///
    /// Unready if the lease has ended.
    pub(super) async fn note(
        &mut self,
        change: impl FnOnce(&mut StorageRecord) + Send,
    ) -> Result<(), Failure> {
        let mut next = self.record.clone();
        change(&mut next);
        if next == self.record {
            return Ok(());
        }
        let mut tx = self.store.tenant(self.tenant).await?;
        if !tx.note_storage(&next).await? {
            return Err(in_progress());
        }
        tx.commit().await?;
        self.record = next;
        Ok(())
    }

    /// Returns who got a key.
    pub(super) async fn injections(&self) -> Result<Vec<StorageInjection>, Failure> {
        let mut tx = self.store.tenant_read(self.tenant).await?;
        let injections = tx.storage_injections(&self.record.workspace).await?;
        tx.commit().await?;
        Ok(injections)
    }

    /// Writes down that a resource gets a key now, by the clock of the database, which dates its starts, too.
    pub(super) async fn put_injection(
        &self,
        resource: &str,
        prefix: &str,
        key: &str,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant(self.tenant).await?;
        let injection = StorageInjection {
            resource: resource.to_owned(),
            prefix: prefix.to_owned(),
            access_key_id: key.to_owned(),
            injected_at: tx.now().await?,
        };
        tx.put_storage_injection(&self.record.workspace, &injection).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets that a resource got keys.
    pub(super) async fn forget_injections(&self, resource: &str) -> Result<(), Failure> {
        let mut tx = self.store.tenant(self.tenant).await?;
        tx.delete_storage_injections(&self.record.workspace, resource).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the storage.
    ///
    /// # Errors
    ///
    /// Unready if the lease has ended.
    pub(super) async fn forget(self) -> Result<(), Failure> {
        let mut tx = self.store.tenant(self.tenant).await?;
        if !tx.delete_storage(&self.record).await? {
            return Err(in_progress());
        }
        Ok(tx.commit().await?)
    }

    /// Ends the lease. If that fails, it expires by itself.
    pub(super) async fn let_go(&self) {
        let ended = async {
            let mut tx = self.store.tenant(self.tenant).await?;
            tx.let_go_of_storage(&self.record).await?;
            tx.commit().await
        };
        if let Err(error) = ended.await {
            let workspace = &self.record.workspace;
            tracing::warn!(
                %error, %workspace,
                "the lease of object storage could not be released; it will expire by itself"
            );
        }
    }
}
