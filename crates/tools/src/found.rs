//! Founding a workspace: its records, before anything of it exists elsewhere.

use std::sync::Arc;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Failure, Slug, TenantId, WorkspaceId, names};
use covibe_store::{Tenant, WorkspaceRecord};

use crate::context::Platform;
use crate::now;

/// Writes down a tenant and its first workspace; [`crate::provision()`] sets the workspace up.
pub async fn found(
    platform: &Arc<Platform>,
    tenant: TenantId,
    slug: Slug,
    name: &str,
) -> Result<WorkspaceRecord, Failure> {
    let record = record(&tenant, slug, name);
    let mut tx = platform.store.tenant(&tenant).await?;
    tx.insert_tenant(&Tenant { id: tenant, name: name.to_owned(), created_at: now() }).await?;
    tx.insert_workspace(&record).await?;
    tx.commit().await?;
    Ok(record)
}

/// The record of a workspace of which nothing exists yet.
pub(crate) fn record(tenant: &TenantId, slug: Slug, name: &str) -> WorkspaceRecord {
    WorkspaceRecord {
        id: WorkspaceId::from_random(covibe_crypto::random()),
        tenant: tenant.clone(),
        name: name.to_owned(),
        gitea_org: names::gitea_org(&slug),
        gitea_bot_username: names::gitea_bot(&slug),
        gitea_bot_token: None,
        gitea_bot_token_id: None,
        gitea_bot_ssh_key_id: None,
        coolify_private_key_uuid: None,
        coolify_project_uuid: None,
        coolify_environment_name: names::ENVIRONMENT.to_owned(),
        provision_status: ProvisionStatus::Pending,
        created_at: now(),
        slug,
    }
}
