//! `covibe-server reconcile`: asks for the outcomes of orders, and compares a restored database with the upstreams.

use anyhow::bail;
use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Slug, Timestamp};
use covibe_installation::{listeners, tenants};
use covibe_store::{Store, WorkspaceRecord};
use covibe_workspace::{Leftover, Platform, Reconciled};

use super::api_keys::with_hint;
use super::{configured, provision};
use crate::{print, wiring};

/// Settles the orders of domains, and lists what a restored backup does not know or revives. With `apply`, reserves the slugs of unknown
/// workspaces, and provisions the known ones. With `release`, only releases a slug.
pub(crate) async fn run(apply: bool, release: Option<&Slug>) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    if let Some(slug) = release {
        if !store.release_slug(slug).await? {
            bail!("the slug {slug} is not reserved");
        }
        print::line(&format!("Released: {slug}"));
        return Ok(());
    }
    let origin = listeners::origin(&config, config.bind);
    let parts = wiring::parts(&config, store.clone(), origin).await?;
    if config.registrar.is_some() {
        settle_domains(&parts.platform).await?;
    }
    let mut workspaces = tenants::workspaces(&config, &store).await?;
    let leftovers = covibe_workspace::leftovers(&parts.platform, &workspaces).await;
    for leftover in leftovers.map_err(|failure| with_hint(&failure))? {
        print::line(&reserve_slug(&store, &leftover, apply).await?);
    }
    for record in &workspaces {
        list_keys(&store, record).await?;
    }
    workspaces.retain(|record| record.provision_status != ProvisionStatus::Pending);
    if apply {
        return provision::provision(&parts, workspaces).await;
    }
    print::line(&format!(
        "Nothing else was changed. --apply reserves the slugs, and provisions {} workspaces, which replaces \
         tokens that no longer work.",
        workspaces.len()
    ));
    Ok(())
}

/// Asks the registrar about the domains that it may have news of, and records the answer. A domain without news stays
/// as it is.
async fn settle_domains(platform: &Platform) -> anyhow::Result<()> {
    let asked = platform.reconcile_domains().await.map_err(|failure| with_hint(&failure))?;
    let Reconciled { settled, open, failed } = asked;
    print::line(&format!(
        "DOMAINS {settled} settled, {open} still open, {failed} not answered by the registrar"
    ));
    Ok(())
}

/// Reserves the slug of something unknown, and returns the line about it.
async fn reserve_slug(store: &Store, leftover: &Leftover, apply: bool) -> anyhow::Result<String> {
    let Leftover { what, of, name, slug } = leftover;
    let line =
        format!("UNKNOWN {what} {}: no {of} has it", covibe_domain::names::displayable(name, 100));
    let Some(slug) = slug else { return Ok(line) };
    if !apply {
        return Ok(format!("{line}; the slug {slug} would be reserved"));
    }
    store.reserve_slug(slug, &format!("{what} {name}")).await?;
    Ok(format!("{line}; the slug {slug} is reserved"))
}

/// Lists the valid keys of a workspace: one that was revoked after the backup is valid again.
async fn list_keys(store: &Store, record: &WorkspaceRecord) -> anyhow::Result<()> {
    let mut tx = store.tenant_read(&record.tenant).await?;
    let keys = tx.keys(&record.id).await?;
    tx.commit().await?;
    let now = Timestamp::now();
    for key in keys.into_iter().filter(|key| key.expires_at.is_none_or(|at| at > now)) {
        let used = key.last_used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        print::line(&format!(
            "KEY {} of workspace {}, created {}, last used {used}: revoke it if it was revoked after the \
             backup: covibe-server keys revoke --workspace {} {}",
            key.id, record.slug, key.created_at, record.slug, key.id
        ));
    }
    Ok(())
}
