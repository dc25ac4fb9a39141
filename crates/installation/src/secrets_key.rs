//! The key that seals the secrets in the database.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};
use covibe_config::{Config, Database, absolute_path};
use covibe_crypto::{BoxError, SecretBox};
use covibe_domain::{Secret, Slug};
use covibe_store::Store;

use crate::tenants;

/// The result of trying a key on the secrets in the database.
pub enum KeyTrial {
    /// It opens one.
    Opens,
    /// There is none yet.
    NoSecrets,
    /// They can't be listed without `COVIBE_POSTGRES_ADMIN_URL`.
    Untried,
}

/// The purpose, owner and text of each canary.
const CANARY: (&str, &str, &str) = ("canary", "installation", "covibe");

/// Returns the error of a lost key, with which secrets in the database were sealed.
pub fn lost_key(config: &Config, id: &str) -> String {
    let path = absolute_path(&config.secrets_path());
    format!(
        "there is no secrets key at {path}, and the secrets in the database are encrypted with the key {id}: put the file \
         back, or set the VIBN_SECRETS_KEY that encrypted them"
    )
}

/// The canaries of the keys in use: texts that they sealed, and that were opened.
pub struct Canaries {
    /// True if each key has one, so that no other secret need be tried: a key may have sealed secrets before its
    /// canary was recorded.
    pub are_complete: bool,
    /// True if the newest of the configured keys has one.
    pub include_newest: bool,
}

/// Opens the text that each key in use sealed.
///
/// # Errors
///
/// One of these keys is not configured.
pub async fn try_canaries(store: &Store, secrets: &SecretBox) -> anyhow::Result<Canaries> {
    let (what, owner, _) = CANARY;
    let keys = store.secrets_keys().await?;
    for key in &keys {
        let is_configured = secrets.key_ids().any(|id| id == key.id);
        let opened = match &key.canary {
            _ if !is_configured => Err(BoxError::UnknownKey),
            Some(canary) => secrets.open(what, owner, canary).map(drop),
            None => Ok(()),
        };
        if let Err(error) = opened {
            let configured = secrets.key_ids().collect::<Vec<_>>().join(", ");
            bail!(
                "secrets in the database are encrypted with the key {}, and the configured keys are: \
                 {configured} ({error}): set the VIBN_SECRETS_KEY that encrypted them; during \
                 a rotation, set both keys until `covibe-server secrets rotate` has ended",
                key.id
            );
        }
    }
    let newest = keys.iter().find(|key| key.id == secrets.newest_id());
    Ok(Canaries {
        are_complete: !keys.is_empty() && keys.iter().all(|key| key.canary.is_some()),
        include_newest: newest.is_some_and(|key| key.canary.is_some()),
    })
}

/// Records in the database that the newest key is in use.
///
/// # Errors
///
/// The row can't be written.
pub async fn record(store: &Store, secrets: &SecretBox) -> anyhow::Result<()> {
    let (what, owner, text) = CANARY;
    let canary = secrets.seal(what, owner, &Secret::new(text))?;
    Ok(store.put_secrets_key(secrets.newest_id(), &canary).await?)
}

/// Returns the configured key, or the one in the data directory; `None` if that does not exist yet. Changes
/// nothing.
///
/// # Errors
///
/// There is a key that can't be read, or that is none.
pub fn existing(config: &Config) -> anyhow::Result<Option<SecretBox>> {
    if let Some(key) = &config.secrets_key {
        return SecretBox::from_config(key).context("VIBN_SECRETS_KEY").map(Some);
    }
    let path = config.secrets_path();
    match read_key(&path) {
        Ok(key) => of_file(&key, &path).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| unusable_key(&path)),
    }
}

/// Returns the number of secrets in the database by the id of the key that sealed them.
///
/// # Errors
///
/// The tenants can't be listed or read.
pub async fn count(config: &Config, store: &Store) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut by_key = BTreeMap::new();
    let workspaces = tenants::workspaces(config, store).await?;
    for key in workspaces.iter().flat_map(covibe_workspace::sealing_keys) {
        *by_key.entry(key.to_owned()).or_default() += 1;
    }
    for workspace in &workspaces {
        if let Some(key) = covibe_workspace::storage_sealing_key(store, workspace).await? {
            *by_key.entry(key).or_default() += 1;
        }
        for key in covibe_workspace::command_sealing_keys(store, workspace).await? {
            *by_key.entry(key).or_default() += 1;
        }
    }
    Ok(by_key)
}

/// Tries a key on the secrets of one workspace.
///
/// # Errors
///
/// It does not open them.
pub async fn try_key(
    config: &Config,
    store: &Store,
    secrets: &SecretBox,
) -> anyhow::Result<KeyTrial> {
    if matches!(&config.database, Database::Postgres { admin: None, .. }) {
        return Ok(KeyTrial::Untried);
    }
    for tenant in tenants::all_tenants(config, store).await? {
        let mut tx = store.tenant_read(&tenant).await?;
        let workspaces = tx.workspaces().await?;
        tx.commit().await?;
        for workspace in workspaces {
            match covibe_workspace::try_secrets(secrets, &workspace) {
                Some(Ok(())) => return Ok(KeyTrial::Opens),
                Some(Err(error)) => bail!(unopened_secrets(&workspace.slug, &error.to_string())),
                None => {}
            }
        }
    }
    Ok(KeyTrial::NoSecrets)
}

fn unopened_secrets(slug: &Slug, error: &str) -> String {
    format!(
        "the key can't decrypt the secrets of workspace {slug} ({error}): set the VIBN_SECRETS_KEY \
         that encrypted them"
    )
}

/// Reads the key in a file.
fn read_key(path: &Path) -> std::io::Result<Secret> {
    let key = fs::read_to_string(path).map(Secret::new)?;
    Ok(Secret::new(key.expose().trim()))
}

fn of_file(key: &Secret, path: &Path) -> anyhow::Result<SecretBox> {
    SecretBox::from_config(key).with_context(|| format!("the secrets key in {}", path.display()))
}

/// Returns the error of a key in a file that can't be read or written.
pub fn unusable_key(path: &Path) -> String {
    format!("the secrets key {} can't be read or written", absolute_path(path))
}
