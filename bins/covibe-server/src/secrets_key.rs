//! The key that seals the secrets in the database of a server: generated with the first secrets, and tried.

use std::fs;
use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, bail};
use covibe_config::{Config, absolute_path};
use covibe_crypto::SecretBox;
use covibe_installation::secrets_key::{
    existing, lost_key, record, try_canaries, try_key, unusable_key,
};
use covibe_store::Store;

use crate::server_files::make_private;

/// Returns the configured key, or the one in the data directory, which is created with the first
/// secrets. Records in the database that the key is in use.
///
/// # Errors
///
/// A key with which secrets in the database were sealed is missing or another one.
pub(crate) async fn tried_key(config: &Config, store: &Store) -> anyhow::Result<SecretBox> {
    if let Some(secrets) = existing(config)? {
        let canaries = try_canaries(store, &secrets).await?;
        if !canaries.are_complete {
            try_key(config, store, &secrets).await?;
        }
        if !canaries.include_newest {
            record(store, &secrets).await?;
        }
        return Ok(secrets);
    }
    let path = absolute_path(&config.secrets_path());
    if let Some(key) = store.secrets_keys().await?.first() {
        bail!(lost_key(config, &key.id));
    }
    // Any key that is generated now opens none of them.
    let fresh = SecretBox::from_config(&SecretBox::fresh_config())?;
    try_key(config, store, &fresh)
        .await
        .with_context(|| format!("there is no secrets key at {path}"))?;
    let secrets = generated_key(config)?;
    record(store, &secrets).await?;
    Ok(secrets)
}

/// Returns the key in the data directory, which is created if it is missing.
fn generated_key(config: &Config) -> anyhow::Result<SecretBox> {
    make_private(&config.data_dir)?;
    let path = config.secrets_path();
    let fresh = SecretBox::fresh_config();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| {
        file.write_all(fresh.expose().as_bytes())?;
        file.sync_all()
    });
    match written {
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        written => written.with_context(|| unusable_key(&path))?,
    }
    existing(config)?.with_context(|| unusable_key(&path))
}
