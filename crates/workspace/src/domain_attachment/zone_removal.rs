//! The removal of a zone, because its domain was lost or an operator removes it.

use std::time::Duration;

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{DomainName, Failure, TenantId, boxed};
use covibe_store::{Attachment, DomainRecord, WorkspaceRecord};

use super::errors::in_progress;
use super::lease::DomainLease;
use crate::platform::Platform;
use crate::registrar::domain_events::unknown_domain;

/// The lease of an operator's removal on a domain.
const LEASE: Duration = Duration::from_mins(3);

impl Platform {
    /// Removes the zone of a workspace's domain with all its records. Returns whether the domain had one.
    ///
    /// # Errors
    ///
    /// Not found if the workspace has no such domain; unready while a call works on it; otherwise those of every change
    /// of a zone.
    #[boxed]
    pub async fn remove_zone(
        &self,
        of: &WorkspaceRecord,
        name: &DomainName,
    ) -> Result<bool, Failure> {
        let mut tx = self.store.tenant_read(&of.tenant).await?;
        let seen = tx.domain(&of.id, name.as_str()).await?;
        tx.commit().await?;
        let seen = seen.ok_or_else(|| unknown_domain(name))?;
        if !remove_zone(self, &of.tenant, &seen, LEASE).await? {
            return Err(in_progress(name));
        }
        Ok(seen.attachment.provider.is_some())
    }
}

/// Removes the zone of a domain with all its records, unless another call works on the domain. Returns whether the
/// domain has no zone now. If the process dies meanwhile, the next call completes the removal.
///
/// # Errors
///
/// Unready if its provider is no longer configured; those of the provider.
pub(crate) async fn remove_zone(
    platform: &Platform,
    tenant: &TenantId,
    seen: &DomainRecord,
    lease: Duration,
) -> Result<bool, Failure> {
    let Some(provider) = seen.attachment.provider else { return Ok(true) };
    let store = platform.store.in_background();
    let Some(mut held) = DomainLease::try_acquire(&store, tenant, seen, lease).await? else {
        return Ok(false);
    };
    let removed = match platform.dns().get_for_server(provider, (tenant, &seen.workspace)) {
        Ok(served) => served.remove_zone(&seen.name).await,
        Err(failure) => Err(failure),
    };
    let ended = match removed {
        Ok(()) => {
            let happened = Some((DomainEventKind::ZoneRemoved, provider.as_str()));
            let is_unlocked = seen.attachment.is_unlocked;
            held.note(|it| *it = Attachment { is_unlocked, ..Attachment::default() }, happened)
                .await
        }
        failed => failed,
    };
    held.let_go().await?;
    ended.map(|()| true)
}
