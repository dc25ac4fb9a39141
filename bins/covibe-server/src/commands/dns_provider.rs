//! `covibe-server tenant dns-provider`: where the next domains of a workspace are served.

use anyhow::{bail, ensure};
use covibe_domain::Slug;
use covibe_domain::entities::DnsProvider;
use covibe_store::Store;

use super::configured;
use crate::config::Config;
use crate::{compose, print, tenants};

/// Shows the provider of a workspace, or gives it one; `usual` for that of the operator.
pub(crate) async fn run(slug: &Slug, provider: Option<&str>) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = compose::existing_store(&config).await?;
    let shown = match provider {
        None => read(&config, &store, slug).await?,
        Some(word) => {
            let provider = DnsProvider::from_word(word);
            ensure_configured(&config, provider)?;
            write(&config, &store, slug, provider).await?;
            provider
        }
    };
    let shown = shown.map_or("usual", DnsProvider::as_str);
    print::line(shown);
    print::error("Domains that have a zone keep the provider that they have.");
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

async fn read(config: &Config, store: &Store, slug: &Slug) -> anyhow::Result<Option<DnsProvider>> {
    let Some(caller) = tenants::operator(config, store, slug).await? else {
        bail!("there is no workspace {slug}")
    };
    let mut tx = store.tenant_read(&caller.workspace.tenant).await?;
    let provider = tx.dns_provider(&caller.workspace.id).await?;
    tx.commit().await?;
    Ok(provider)
}

async fn write(
    config: &Config,
    store: &Store,
    slug: &Slug,
    provider: Option<DnsProvider>,
) -> anyhow::Result<()> {
    let Some(caller) = tenants::operator(config, store, slug).await? else {
        bail!("there is no workspace {slug}")
    };
    let mut tx = store.tenant(&caller.workspace.tenant).await?;
    let is_there = tx.set_dns_provider(&caller.workspace.id, provider).await?;
    ensure!(is_there, "there is no workspace {slug} any more");
    Ok(tx.commit().await?)
}
