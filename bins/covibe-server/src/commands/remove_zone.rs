//! `covibe-server tenant remove-zone`: the end of a zone that its operator no longer wants to serve.

use anyhow::bail;
use covibe_domain::{DomainName, Slug};
use covibe_installation::{listeners, tenants};

use super::api_keys::with_hint;
use super::configured;
use crate::{print, wiring};

/// Removes the zone of a workspace's domain with all its records.
pub(crate) async fn run(slug: &Slug, domain: &DomainName) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    let Some(caller) = tenants::operator(&config, &store, slug).await? else {
        bail!("there is no workspace {slug}; `covibe-server workspace list` lists them")
    };
    let origin = listeners::origin(&config, config.bind);
    let parts = wiring::parts(&config, store, origin).await?;
    let removed = parts.platform.remove_zone(&caller.workspace, domain).await;
    if removed.map_err(|failure| with_hint(&failure))? {
        print::line(&format!("Removed: the zone of {domain}"));
    } else {
        print::line(&format!("{domain} has no zone."));
    }
    Ok(())
}
