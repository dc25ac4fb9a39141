//! Composes the providers of DNS according to the configuration.

use anyhow::Context as _;
use covibe_config::Dns;
use covibe_dns::{CloudDns, UpdateServer};
use covibe_upstream::{Credentials, GoogleAuth, GoogleSettings, METADATA};
use covibe_workspace::DnsProviders;

/// The scope of tokens for Cloud DNS.
const SCOPE: &str = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";

/// Returns the providers. None is connected before it is used.
pub(super) fn providers(dns: &Dns) -> anyhow::Result<DnsProviders> {
    let cloud = dns.cloud.as_ref().map(cloud_dns).transpose()?;
    let update = dns.update.clone().map(UpdateServer::new).transpose();
    Ok(DnsProviders::new(cloud, update.context("the DNS server of COVIBE_DNS_UPDATE_SERVER")?))
}

/// Returns the client of a project of Google Cloud.
pub(crate) fn cloud_dns(from: &covibe_config::CloudDns) -> anyhow::Result<CloudDns> {
    let credentials = match &from.key_file {
        Some(key_file) => Credentials::KeyFile(key_file.clone()),
        None => Credentials::Metadata(METADATA.parse()?),
    };
    let auth = GoogleAuth::new(credentials, SCOPE, GoogleSettings::default()).context("Google")?;
    let mut config = covibe_dns::Config::new(&from.project, auth).context("Cloud DNS")?;
    config.url = from.url.clone().unwrap_or(config.url);
    CloudDns::new(config).context("Cloud DNS")
}
