//! The tenants of the installation and their workspaces, which only the operator may list.

use anyhow::{Context as _, bail};
use covibe_config::{Config, Database};
use covibe_domain::{Slug, TenantId};
use covibe_identity::Caller;
use covibe_store::{Store, WorkspaceRecord};

/// Lists all tenants. On PostgreSQL, the server's own role may not do this.
///
/// # Errors
///
/// On PostgreSQL, `COVIBE_POSTGRES_ADMIN_URL` is not set; or the database does not answer.
pub async fn all_tenants(config: &Config, store: &Store) -> anyhow::Result<Vec<TenantId>> {
    match &config.database {
        Database::Sqlite => Ok(store.embedded_tenants().await?),
        Database::Postgres { admin: Some(admin), .. } => covibe_store::postgres_tenants(admin)
            .await
            .context("the tenants could not be listed through COVIBE_POSTGRES_ADMIN_URL"),
        Database::Postgres { admin: None, .. } => bail!(
            "COVIBE_POSTGRES_ADMIN_URL is required: only the role that owns the schema may \
             list the tenants"
        ),
    }
}

/// Returns the workspaces of all tenants, by slug.
///
/// # Errors
///
/// The tenants can't be listed or read.
pub async fn workspaces(config: &Config, store: &Store) -> anyhow::Result<Vec<WorkspaceRecord>> {
    let mut workspaces = Vec::new();
    for tenant in all_tenants(config, store).await? {
        let mut tx = store.tenant_read(&tenant).await?;
        workspaces.extend(tx.workspaces().await?);
        tx.commit().await?;
    }
    workspaces.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(workspaces)
}

/// Returns the operator, acting on the workspace with this slug, whichever tenant has it.
///
/// # Errors
///
/// The tenants can't be listed or read.
pub async fn operator(
    config: &Config,
    store: &Store,
    slug: &Slug,
) -> anyhow::Result<Option<Caller>> {
    for tenant in all_tenants(config, store).await? {
        let mut tx = store.tenant_read(&tenant).await?;
        let record = tx.workspace_by_slug(slug).await?;
        let caller = match record {
            Some(record) => Some(Caller::operator(record.clone(), tx.steps(&record.id).await?)),
            None => None,
        };
        tx.commit().await?;
        if caller.is_some() {
            return Ok(caller);
        }
    }
    Ok(None)
}
