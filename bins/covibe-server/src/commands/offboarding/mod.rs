//! `covibe-server tenant list`, `show`, `suspend`, `resume`, `export` and `delete`, `workspace list` and `move-tenant`:
//! tenants as their operator ends them.

mod deletion;
mod export;
mod former_access;
mod overview_lines;
mod upstream_resources;
mod workspace_move;

use anyhow::bail;
use covibe_config::Config;
use covibe_domain::{Failure, TenantId};
use covibe_identity::Caller;
use covibe_installation::{listeners, tenants};
use covibe_store::Store;
use covibe_workspace::{TenantOverview, tenant_overview};
use serde_json::json;

pub(crate) use self::deletion::{Scope, delete};
pub(crate) use self::export::export;
pub(crate) use self::workspace_move::move_tenant;
use super::api_keys::with_hint;
use super::configured;
use crate::print;
use crate::wiring::{self, Parts};

/// Lists all tenants.
pub(crate) async fn list(json: bool) -> anyhow::Result<()> {
    let (config, store) = open_store().await?;
    let all = overviews(&config, &store).await?;
    if json {
        print::line(&json!({ "tenants": all }).to_string());
    } else {
        let none = "There are no tenants; `covibe-server tenant create` creates one.";
        print_lines(all.iter().map(overview_lines::line), none);
    }
    Ok(())
}

/// Prints lines, or a sentence if there are none.
fn print_lines(lines: impl ExactSizeIterator<Item = String>, none: &str) {
    if lines.len() == 0 {
        print::line(none);
    }
    lines.for_each(|line| print::line(&line));
}

/// Shows a tenant.
pub(crate) async fn show(tenant: &TenantId, json: bool) -> anyhow::Result<()> {
    let (_, store) = open_store().await?;
    let overview = overview(&store, tenant).await?;
    if json {
        print::line(&serde_json::to_string(&overview)?);
    } else {
        for line in overview_lines::lines(&overview) {
            print::line(&line);
        }
    }
    Ok(())
}

/// Lists the workspaces of all tenants, or of one.
pub(crate) async fn list_workspaces(tenant: Option<TenantId>, json: bool) -> anyhow::Result<()> {
    let (config, store) = open_store().await?;
    let tenants = match &tenant {
        Some(tenant) => vec![overview(&store, tenant).await?],
        None => overviews(&config, &store).await?,
    };
    let mut all: Vec<_> = tenants.into_iter().flat_map(|tenant| tenant.workspaces).collect();
    all.sort_by(|a, b| a.slug.cmp(&b.slug));
    if json {
        print::line(&json!({ "workspaces": all }).to_string());
    } else {
        print_lines(all.iter().map(overview_lines::workspace), "There are no workspaces.");
    }
    Ok(())
}

/// Suspends a tenant.
pub(crate) async fn suspend(tenant: &TenantId) -> anyhow::Result<()> {
    let parts = parts().await?;
    let is_new = after_audit(&parts, parts.platform.suspend_tenant(tenant).await).await?;
    print::line(&if is_new {
        format!(
            "Suspended: {tenant}. Its keys and sessions are refused within two seconds, and \
             nothing is started for it. Its apps keep running, and its tokens for Gitea keep \
             working. `covibe-server tenant resume {tenant}` ends the suspension."
        )
    } else {
        format!("{tenant} is already suspended.")
    });
    Ok(())
}

/// Ends the suspension of a tenant.
pub(crate) async fn resume(tenant: &TenantId) -> anyhow::Result<()> {
    let parts = parts().await?;
    let is_resumed = after_audit(&parts, parts.platform.resume_tenant(tenant).await).await?;
    print::line(&if is_resumed {
        format!(
            "Resumed: {tenant}. Its keys and sessions work again, and everything that waited is \
             started."
        )
    } else {
        format!("{tenant} is not suspended.")
    });
    Ok(())
}

/// Returns the answer of a change once the audit is written.
async fn after_audit<T>(parts: &Parts, answer: Result<T, Failure>) -> anyhow::Result<T> {
    parts.dispatcher().flush().await;
    answer.map_err(|failure| with_hint(&failure))
}

async fn open_store() -> anyhow::Result<(Config, Store)> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    Ok((config, store))
}

async fn parts() -> anyhow::Result<Parts> {
    let (config, store) = open_store().await?;
    compose_parts(&config, store).await
}

async fn compose_parts(config: &Config, store: Store) -> anyhow::Result<Parts> {
    wiring::parts(config, store, listeners::origin(config, config.bind)).await
}

async fn overview(store: &Store, tenant: &TenantId) -> anyhow::Result<TenantOverview> {
    match tenant_overview(store, tenant).await.map_err(|failure| with_hint(&failure))? {
        Some(found) => Ok(found),
        None => bail!("there is no tenant {tenant}; `covibe-server tenant list` lists them"),
    }
}

/// Returns all tenants; of some, only the audit is left.
async fn overviews(config: &Config, store: &Store) -> anyhow::Result<Vec<TenantOverview>> {
    let mut all = Vec::new();
    for tenant in tenants::all_tenants(config, store).await? {
        let found = tenant_overview(store, &tenant).await;
        all.extend(found.map_err(|failure| with_hint(&failure))?);
    }
    Ok(all)
}

/// Returns the operator, acting on each workspace of a tenant.
async fn callers(store: &Store, tenant: &TenantId) -> anyhow::Result<Vec<Caller>> {
    let mut tx = store.tenant_read(tenant).await?;
    let mut callers = Vec::new();
    for record in tx.workspaces().await? {
        let steps = tx.steps(&record.id).await?;
        callers.push(Caller::operator(record, steps));
    }
    tx.commit().await?;
    Ok(callers)
}
