//! Clients of the upstreams that the configuration names. Each of these functions fails only where an address or a key of the
//! configuration is unusable: nobody is asked.

use anyhow::Context as _;
use covibe_dns::CloudDns;
use covibe_domain::CellName;
use covibe_storage::{GoogleConfig, GoogleStorage, SCOPE};
use covibe_store::Store;
use covibe_upstream::{Credentials, GoogleAuth, GoogleSettings, KeyFile, METADATA};
use covibe_workspace::SharedRateBudget;
use {covibe_coolify as coolify, covibe_gitea as gitea};

/// The scope of tokens for Cloud DNS.
const DNS_SCOPE: &str = "https://www.googleapis.com/auth/ndev.clouddns.readwrite";

/// Creates a Coolify client. With a store, all instances on it share the account's rate budget.
pub fn coolify_client(
    from: &covibe_config::Coolify,
    store: Option<&Store>,
) -> anyhow::Result<coolify::Client> {
    let mut config = coolify::Config {
        server: from.server.clone(),
        destination: from.destination.clone(),
        most_per_minute: from.most_per_minute,
        ..coolify::Config::new(from.url.clone(), from.token.clone())
    };
    config.rate_budget = store
        .and_then(|store| SharedRateBudget::for_upstream(store, &CellName::default(), "coolify"));
    coolify::Client::new(config).context("Coolify")
}

/// Creates a Gitea client.
pub fn gitea_client(from: &covibe_config::Gitea) -> anyhow::Result<gitea::Client> {
    let config = gitea::Config::new(from.url.clone(), &from.username, from.token.clone());
    gitea::Client::new(config).context("Gitea")
}

/// Creates a client of the registrar.
pub fn registrar_client(
    from: &covibe_config::Registrar,
) -> anyhow::Result<covibe_registrar::Client> {
    let config = covibe_registrar::Config::new(from.address()?, &from.username, from.key.clone());
    covibe_registrar::Client::new(config).context("OpenSRS")
}

/// Creates a client of Cloud DNS in a Google Cloud project. Nothing is connected before it is used.
pub fn cloud_dns(from: &covibe_config::CloudDns) -> anyhow::Result<CloudDns> {
    let auth = google_auth(from.key_file.as_ref(), DNS_SCOPE)?;
    let mut config = covibe_dns::Config::new(&from.project, auth).context("Cloud DNS")?;
    config.url = from.url.clone().unwrap_or(config.url);
    CloudDns::new(config).context("Cloud DNS")
}

/// Creates a Cloud Storage client in a Google Cloud project. Nothing is connected before it is used.
pub fn google_storage(from: &covibe_config::Storage) -> anyhow::Result<GoogleStorage> {
    let auth = google_auth(from.key_file.as_ref(), SCOPE)?;
    let mut config = GoogleConfig::new(&from.project, auth).context("Cloud Storage")?;
    config.storage = from.url.clone().unwrap_or(config.storage);
    config.iam = from.iam_url.clone().unwrap_or(config.iam);
    GoogleStorage::new(config).context("Cloud Storage")
}

/// Signs in to Google Cloud by a key file, or as the machine that this runs on.
fn google_auth(key_file: Option<&KeyFile>, scope: &'static str) -> anyhow::Result<GoogleAuth> {
    let credentials = match key_file {
        Some(key_file) => Credentials::KeyFile(key_file.clone()),
        None => Credentials::Metadata(METADATA.parse()?),
    };
    GoogleAuth::new(credentials, scope, GoogleSettings::default()).context("Google")
}

/// Creates a WorkOS client.
pub fn workos_client(from: &covibe_config::WorkOs) -> anyhow::Result<covibe_workos::WorkOs> {
    let mut config = covibe_workos::WorkOsConfig::new(&from.client_id, from.api_key.clone())?;
    if let Some(url) = &from.url {
        config.base = url.clone();
    }
    covibe_workos::WorkOs::new(config).context("WorkOS")
}
