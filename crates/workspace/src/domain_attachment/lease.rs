//! The right to work on a domain, which one call has at a time.

use std::time::{Duration, Instant};

use covibe_domain::entities::{DnsProvider, DomainEventKind, RegistrationState};
use covibe_domain::{DomainName, Failure, TenantId, WorkspaceId};
use covibe_store::{Attachment, DomainRecord, Store};
use tokio::time::sleep;

use super::errors::{in_progress, not_registered};
use crate::journal::lease_times::{PAUSE, Patience};
use crate::registrar::domain_events::{insert_event, unknown_domain};

/// A domain that this call works on, and no other.
#[derive(Debug)]
pub(crate) struct DomainLease<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
    /// The domain as this call has written it down, with the end of the lease.
    record: DomainRecord,
}

impl<'a> DomainLease<'a> {
    /// Acquires the lease of a registered domain, and waits for the call that has it.
    ///
    /// # Errors
    ///
    /// Not found without such a domain, conflict if it is not registered, unready while another call works on it.
    pub(super) async fn acquire(
        store: &'a Store,
        (tenant, workspace): (&'a TenantId, &WorkspaceId),
        name: &DomainName,
        patience: Patience,
    ) -> Result<Self, Failure> {
        loop {
            let mut tx = store.tenant_read(tenant).await?;
            let seen = tx.domain(workspace, name.as_str()).await?;
            tx.commit().await?;
            let seen = seen.ok_or_else(|| unknown_domain(name))?;
            if seen.state != RegistrationState::Registered {
                return Err(not_registered(name, seen.state));
            }
            if let Some(held) = Self::try_acquire(store, tenant, &seen, patience.lease()).await? {
                return Ok(held);
            }
            if Instant::now() >= patience.until() {
                return Err(in_progress(name));
            }
            sleep(PAUSE).await;
        }
    }

    /// Acquires the lease of a domain that was read; `None` if another call has it.
    pub(crate) async fn try_acquire(
        store: &'a Store,
        tenant: &'a TenantId,
        seen: &DomainRecord,
        lease: Duration,
    ) -> Result<Option<Self>, Failure> {
        if !seen.lease_left.is_zero() {
            return Ok(None);
        }
        let mut tx = store.tenant(tenant).await?;
        let held = tx.hold_domain(seen, lease).await?;
        tx.commit().await?;
        Ok(held.map(|record| Self { store, tenant, record }))
    }

    /// Returns the tenant of the domain's workspace.
    pub(super) fn tenant(&self) -> &TenantId {
        self.tenant
    }

    /// Returns the domain's name.
    pub(super) fn name(&self) -> &DomainName {
        &self.record.name
    }

    /// Returns the domain as it was written down last.
    pub(super) fn record(&self) -> &DomainRecord {
        &self.record
    }

    /// Returns how the domain is served.
    pub(super) fn attachment(&self) -> &Attachment {
        &self.record.attachment
    }

    /// Returns the provider of the workspace's next domains, if it has one of its own.
    pub(super) async fn workspaces_provider(&self) -> Result<Option<DnsProvider>, Failure> {
        let mut tx = self.store.tenant_read(self.tenant).await?;
        let provider = tx.dns_provider(&self.record.workspace).await?;
        tx.commit().await?;
        Ok(provider)
    }

    /// Writes down how the domain is served, if that is news, and what happened.
    ///
    /// # Errors
    ///
    /// Unready if the lease has ended.
    pub(crate) async fn note(
        &mut self,
        change: impl FnOnce(&mut Attachment) + Send,
        happened: Option<(DomainEventKind, &str)>,
    ) -> Result<(), Failure> {
        let mut next = self.record.clone();
        change(&mut next.attachment);
        if next == self.record && happened.is_none() {
            return Ok(());
        }
        let mut tx = self.store.tenant(self.tenant).await?;
        if !tx.note_attachment(&next).await? {
            return Err(in_progress(&self.record.name));
        }
        if let Some((kind, detail)) = happened {
            let detail = Some(detail).filter(|detail| !detail.is_empty());
            insert_event(&mut tx, &next.workspace, &next.name, kind, detail).await?;
        }
        tx.commit().await?;
        self.record = next;
        Ok(())
    }

    /// Writes down that no app of the workspace, which has lost the domain, still has a host of it.
    ///
    /// # Errors
    ///
    /// Unready if the lease has ended.
    pub(crate) async fn note_released(&self) -> Result<(), Failure> {
        let mut tx = self.store.tenant(self.tenant).await?;
        let now = tx.now().await?;
        if !tx.note_released_domain(&self.record, now).await? {
            return Err(in_progress(&self.record.name));
        }
        Ok(tx.commit().await?)
    }

    /// Ends the lease, and leaves the time of the last change as it is, by which background work takes turns.
    pub(crate) async fn let_go_unchanged(&self) -> Result<(), Failure> {
        let mut tx = self.store.tenant(self.tenant).await?;
        tx.let_go_of_domain(&self.record, self.record.updated_at).await?;
        Ok(tx.commit().await?)
    }

    /// Ends the lease.
    pub(super) async fn let_go(&self) -> Result<(), Failure> {
        let mut tx = self.store.tenant(self.tenant).await?;
        let now = tx.now().await?;
        tx.let_go_of_domain(&self.record, now).await?;
        Ok(tx.commit().await?)
    }
}
