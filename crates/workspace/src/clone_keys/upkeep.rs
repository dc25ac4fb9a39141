//! The daily look at clone keys, which nobody asks for: apps that are gone leave none, and a rotation that was killed
//! ends.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Access, Failure, Kind, TenantId, boxed};
use covibe_store::{CloneKey, WorkspaceRecord};
use tokio::time::timeout;

use super::CloneKeys;
use super::rotation::repositories;
use crate::credentials::describe_clone_key;
use crate::operators;
use crate::platform::Platform;

/// How long the look at the keys of one workspace may take.
const LONGEST: Duration = Duration::from_mins(5);

impl Platform {
    /// Removes the clone keys of apps that are gone, and puts right what a killed rotation left.
    ///
    /// # Errors
    ///
    /// The keys of some workspaces could not be looked at; those of the others were.
    #[boxed]
    pub async fn look_after_clone_keys(platform: &Arc<Self>) -> Result<(), Failure> {
        let mut failed = None;
        for tenant in platform.store.tenants_with_clone_keys().await? {
            for record in platform.workspaces_at_work(&tenant).await? {
                let slug = record.slug.clone();
                let workspace = operators::open_server(Arc::clone(platform), record, Access::Write);
                let looked = timeout(LONGEST, workspace.clone_keys().look_after()).await;
                if let Err(failure) = looked.unwrap_or_else(|_| Err(late())) {
                    tracing::warn!(workspace = %slug, %failure, "keys of deleted apps may be left");
                    failed = Some(failure);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Returns the workspaces of a tenant that are ready; none while it is suspended.
    async fn workspaces_at_work(&self, of: &TenantId) -> Result<Vec<WorkspaceRecord>, Failure> {
        let mut tx = self.store.tenant_read(of).await?;
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
        for key in self.all().await? {
            let Some(uuid) = key.private_key.clone() else { continue };
            if self.is_between_two(&key).await? {
                self.settle(key, &uuid).await?;
            }
        }
        Ok(())
    }

    /// Returns whether a repository is open to another public half of a key than the one that is written down.
    async fn is_between_two(&self, key: &CloneKey) -> Result<bool, Failure> {
        let (gitea, label) = (self.cx.gitea().await?, describe_clone_key(key));
        for number in repositories(key) {
            if let Some(repo) = gitea.repository_numbered(number).await?
                && gitea.is_open_to_another(&repo, &label, &key.public_key).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn late() -> Failure {
    Failure::new(Kind::Unready, "The keys of the workspace could not be looked at in time.")
}
