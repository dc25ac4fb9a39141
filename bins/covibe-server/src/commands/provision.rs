//! `covibe-server provision`: provisions workspaces without their keys.

use anyhow::bail;
use covibe_domain::Slug;
use covibe_domain::entities::ProvisionStatus;
use covibe_installation::{listeners, tenants};
use covibe_store::WorkspaceRecord;

use super::configured;
use crate::print;
use crate::wiring::{self, Parts};

/// Provisions one workspace, or all that were provisioned before.
pub(crate) async fn run(slug: Option<&Slug>) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    let origin = listeners::origin(&config, config.bind);
    let parts = wiring::parts(&config, store, origin).await?;
    let mut workspaces = tenants::workspaces(&config, &parts.store).await?;
    if let Some(slug) = slug {
        workspaces.retain(|record| record.slug == *slug);
        if workspaces.is_empty() {
            bail!("there is no workspace {slug}; `covibe-server workspace list` lists them");
        }
    } else {
        workspaces.retain(|record| record.provision_status != ProvisionStatus::Pending);
    }
    provision(&parts, workspaces).await
}

/// Provisions these workspaces one after another, and prints a line for each.
///
/// # Errors
///
/// One of them could not be provisioned.
pub(crate) async fn provision(
    parts: &Parts,
    workspaces: Vec<WorkspaceRecord>,
) -> anyhow::Result<()> {
    let mut failed = 0;
    for record in workspaces {
        let slug = record.slug.clone();
        match covibe_workspace::provision(&parts.platform, record).await {
            Ok(_) => print::line(&format!("PASS {slug}: ready")),
            Err(failure) => {
                failed += 1;
                let hint = failure.hint.as_deref().unwrap_or_default();
                print::line(&format!("FAIL {slug}: {} {hint}", failure.message));
            }
        }
    }
    parts.dispatcher().flush().await;
    if failed > 0 {
        bail!("workspaces that could not be provisioned: {failed}");
    }
    Ok(())
}
