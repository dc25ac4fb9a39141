//! Composes object storage according to the configuration.

use anyhow::Context as _;
use covibe_storage::{GoogleConfig, GoogleStorage, SCOPE};
use covibe_upstream::{Credentials, GoogleAuth, GoogleSettings, METADATA};
use covibe_workspace::StorageAccounts;

/// Returns the accounts. Nothing is connected before it is used.
pub(super) fn accounts(from: Option<&covibe_config::Storage>) -> anyhow::Result<StorageAccounts> {
    let google = from.map(google_storage).transpose()?;
    Ok(StorageAccounts::new(google, from.map_or("", |from| from.location.as_str())))
}

/// Returns the client of a project of Google Cloud.
pub(crate) fn google_storage(from: &covibe_config::Storage) -> anyhow::Result<GoogleStorage> {
    let credentials = match &from.key_file {
        Some(key_file) => Credentials::KeyFile(key_file.clone()),
        None => Credentials::Metadata(METADATA.parse()?),
    };
    let auth = GoogleAuth::new(credentials, SCOPE, GoogleSettings::default()).context("Google")?;
    let mut config = GoogleConfig::new(&from.project, auth).context("Cloud Storage")?;
    config.storage = from.url.clone().unwrap_or(config.storage);
    config.iam = from.iam_url.clone().unwrap_or(config.iam);
    GoogleStorage::new(config).context("Cloud Storage")
}
