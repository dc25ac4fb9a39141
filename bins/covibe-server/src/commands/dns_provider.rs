//! `covibe-server tenant dns-provider`: where the next domains of a workspace are served.

use anyhow::{bail, ensure};
use covibe_config::Config;
use covibe_domain::Slug;
use covibe_domain::entities::DnsProvider;
use covibe_installation::tenants;
use covibe_store::{Store, WorkspaceRecord};

use super::configured;
use crate::print;

/// Shows the provider of a workspace, or gives it one; `usual` for that of the operator.
pub(crate) async fn run(slug: &Slug, provider: Option<&str>) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    let wanted = provider.map(DnsProvider::from_word);
    wanted.map_or(Ok(()), |wanted| ensure_configured(&config, wanted))?;
    let Some(caller) = tenants::operator(&config, &store, slug).await? else {
        bail!("there is no workspace {slug}; `covibe-server workspace list` lists them")
    };
    let shown = match wanted {
        None => read_provider(&store, &caller.workspace).await?,
        Some(wanted) => {
            write(&store, &caller.workspace, wanted).await?;
            wanted
        }
    };
    let shown = shown.map_or("usual", DnsProvider::as_str);
    print::line(shown);
    print::error("Domains that have a zone keep their provider.");
    Ok(())
}

fn ensure_configured(config: &Config, provider: Option<DnsProvider>) -> anyhow::Result<()> {
    let is_configured = match provider {
        None => true,
        Some(DnsProvider::CloudDns) => config.dns.cloud.is_some(),
        Some(DnsProvider::Rfc2136) => config.dns.update.is_some(),
    };
    ensure!(
        is_configured,
        "this provider is not configured: set COVIBE_CLOUD_DNS_PROJECT or COVIBE_DNS_UPDATE_SERVER"
    );
    Ok(())
}

async fn read_provider(store: &Store, of: &WorkspaceRecord) -> anyhow::Result<Option<DnsProvider>> {
    let mut tx = store.tenant_read(&of.tenant).await?;
    let provider = tx.dns_provider(&of.id).await?;
    tx.commit().await?;
    Ok(provider)
}

async fn write(
    store: &Store,
    to: &WorkspaceRecord,
    provider: Option<DnsProvider>,
) -> anyhow::Result<()> {
    let mut tx = store.tenant(&to.tenant).await?;
    let is_there = tx.set_dns_provider(&to.id, provider).await?;
    ensure!(is_there, "the workspace {} no longer exists", to.slug);
    Ok(tx.commit().await?)
}
