//! The daily look at clone keys, which nobody asks for: apps that are gone leave none, and a rotation that was killed
//! ends.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Access, Failure, Kind, TenantId, boxed};
use covibe_store::WorkspaceRecord;
use tokio::time::timeout;

use super::CloneKeys;
use crate::operator_access;
use crate::platform::Platform;
use crate::scoped::KeyRotation;

/// The time that the look at the keys of one workspace may take.
const LONGEST: Duration = Duration::from_mins(5);

impl Platform {
    /// Removes the clone keys of apps that are gone, and puts right what a killed rotation left.
    ///
    /// # Errors
    ///
    /// If the keys of some workspaces could not be checked; those of the others were.
    #[boxed]
    pub async fn look_after_clone_keys(platform: &Arc<Self>) -> Result<(), Failure> {
        let mut failed = None;
        for tenant in platform.store.tenants_with_clone_keys().await? {
            if let Err(failure) = platform.look_after_keys_of(&tenant).await {
                failed = Some(failure);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Does so for the workspaces of a tenant, and logs which of them could not be checked.
    async fn look_after_keys_of(self: &Arc<Self>, tenant: &TenantId) -> Result<(), Failure> {
        let unread = |failure: &Failure| {
            tracing::warn!(%tenant, %failure, "keys of deleted apps may remain");
        };
        let mut looked = Ok(());
        for record in self.workspaces_at_work(tenant).await.inspect_err(unread)? {
            let slug = record.slug.clone();
            let workspace = operator_access::open_server(Arc::clone(self), record, Access::Write);
            let looking = timeout(LONGEST, workspace.clone_keys().look_after()).await;
            if let Err(failure) = looking.unwrap_or_else(|_| Err(late_check())) {
                tracing::warn!(workspace = %slug, %failure, "keys of deleted apps may remain");
                looked = Err(failure);
            }
        }
        looked
    }

    /// Returns the workspaces of a tenant that are ready; none while it is suspended.
    async fn workspaces_at_work(&self, of: &TenantId) -> Result<Vec<WorkspaceRecord>, Failure> {
        let mut tx = self.store.in_background().tenant_read(of).await?;
        let mut records =
            if tx.is_suspended().await? { Vec::new() } else { tx.workspaces().await? };
        tx.commit().await?;
        records.retain(|record| record.provision_status == ProvisionStatus::Ready);
        Ok(records)
    }
}

impl CloneKeys<'_> {
    async fn look_after(&self) -> Result<(), Failure> {
        self.try_clear().await?;
        let upstreams = (self.cx.coolify().await?, self.cx.gitea().await?);
        KeyRotation::new(&self.cx.platform, self.cx.record(), upstreams).settle_all().await
    }
}

fn late_check() -> Failure {
    Failure::new(Kind::Unready, "The keys of the workspace could not be checked in time.")
}
