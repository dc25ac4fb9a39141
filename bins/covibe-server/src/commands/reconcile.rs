//! `covibe-server reconcile`: asks for the outcomes of orders, and compares a restored database with the upstreams.

use std::sync::Arc;

use anyhow::bail;
use covibe_config::{Auth, Config};
use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Slug, TenantId, Timestamp, names};
use covibe_installation::{listeners, tenants};
use covibe_store::{Store, WorkspaceRecord};
use covibe_workspace::{Leftover, Platform, Reconciled};

use super::api_keys::with_hint;
use super::backup::end_restored_access;
use super::{configured, provision};
use crate::{print, wiring};

/// Settles the orders of domains, and lists what a restored backup does not know or revives. With `apply`, reserves the slugs of unknown
/// workspaces, and provisions the known ones. With `restored`, first ends the access that the database revives. With `release`, only
/// releases a slug.
pub(crate) async fn run(apply: bool, restored: bool, release: Option<&Slug>) -> anyhow::Result<()> {
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
    if restored {
        end_restored_access(&config).await?;
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
    list_people(&config, &store).await?;
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
async fn settle_domains(platform: &Arc<Platform>) -> anyhow::Result<()> {
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

/// Lists the members of all tenants: one who was removed after the backup is a member again, with the password from then.
async fn list_people(config: &Config, store: &Store) -> anyhow::Result<()> {
    let mut count = 0;
    for tenant in tenants::all_tenants(config, store).await? {
        count += list_members(store, &tenant).await?;
    }
    if count > 0 && matches!(config.auth, Auth::Local) {
        print::line(
            "PASSWORD of each person: as in the backup. If a person changed it after the backup because \
             somebody else knew it, run: covibe-server people prove --email ADDRESS",
        );
    }
    Ok(())
}

/// Lists the members of a tenant, and returns their number.
async fn list_members(store: &Store, tenant: &TenantId) -> anyhow::Result<usize> {
    let mut tx = store.tenant_read(tenant).await?;
    let (company, members) = (tx.tenant_name().await?, tx.members().await?);
    tx.commit().await?;
    let company = names::displayable(company.as_deref().unwrap_or_default(), 100);
    for member in &members {
        print::line(&format!(
            "MEMBER {} of {tenant} {company}, {}, since {}: if the person was removed after the backup, \
             have an admin of the company remove them again",
            member.user.email, member.role, member.since
        ));
    }
    Ok(members.len())
}
