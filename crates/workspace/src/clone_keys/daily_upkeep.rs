//! The daily look at clone keys, which nobody asks for: apps that are gone leave none, and a rotation that was killed
//! ends.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::{Access, Failure, Kind, TenantId, boxed};
use tokio::time::timeout;

use super::CloneKeys;
use crate::operator_access;
use crate::platform::Platform;
use crate::scoped::KeyRotation;
use crate::workspace_records::ready_workspaces;

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
        for record in ready_workspaces(self, tenant).await.inspect_err(unread)? {
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
