//! The workspaces with apps that are deployed by pushes, or with deployments whose end is to be reported.

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Failure, TenantId};
use covibe_store::{FollowedBranch, Store, WorkspaceRecord};

use crate::platform::Platform;

/// A workspace with something to do.
#[derive(Clone, Debug)]
pub(super) struct DueWorkspace {
    pub(super) record: WorkspaceRecord,
    pub(super) branches: Vec<FollowedBranch>,
    pub(super) has_open_statuses: bool,
}

impl DueWorkspace {
    /// Returns whether pushes deploy an app of the workspace.
    pub(super) fn follows_branches(&self) -> bool {
        !self.branches.is_empty()
    }
}

impl Platform {
    /// Returns the workspaces with apps that are deployed by pushes, or with deployments whose end is to be reported.
    /// Those of suspended tenants wait, and so do those of a tenant whose rows can't be read now.
    pub(super) async fn following_workspaces(&self) -> Result<Vec<DueWorkspace>, Failure> {
        let (store, mut due) = (self.store.in_background(), Vec::new());
        for tenant in store.tenants_that_follow_branches().await? {
            match due_workspaces(&store, &tenant).await {
                Ok(own) => due.extend(own),
                Err(failure) => {
                    tracing::warn!(%tenant, %failure, "the branches that a tenant's apps follow could not be read");
                }
            }
        }
        Ok(due)
    }
}

/// Returns those of a tenant.
async fn due_workspaces(store: &Store, tenant: &TenantId) -> Result<Vec<DueWorkspace>, Failure> {
    let mut tx = store.tenant_read(tenant).await?;
    // The first round after the end of a suspension looks at all of its repositories.
    let records = if tx.is_suspended().await? { Vec::new() } else { tx.workspaces().await? };
    let mut due = Vec::new();
    for record in records.into_iter().filter(|it| it.provision_status == ProvisionStatus::Ready) {
        let mut branches = tx.followed_branches(&record.id).await?;
        branches.retain(|branch| branch.auto_deploy);
        let has_open_statuses = !tx.push_statuses(&record.id, 1).await?.is_empty();
        if has_open_statuses || !branches.is_empty() {
            due.push(DueWorkspace { record, branches, has_open_statuses });
        }
    }
    tx.commit().await?;
    Ok(due)
}
