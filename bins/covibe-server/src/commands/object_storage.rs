//! `covibe-server tenant give-storage` and `remove-storage`: the object storage of a workspace.

use std::io::{self, Read as _};

use anyhow::{Context as _, bail, ensure};
use covibe_config::Config;
use covibe_domain::{Secret, Slug};
use covibe_identity::Caller;
use covibe_installation::{secrets_key, tenants, upstream_clients};
use covibe_storage::{BucketName, S3Key};
use covibe_store::{Store, WorkspaceRecord};
use covibe_workspace::{PremadeStorage, give_storage, remove_storage};
use url::Url;

use super::api_keys::with_hint;
use super::configured;
use crate::print;
use crate::secrets_key::tried_key;

/// The longest secret, in bytes.
const LONGEST: u64 = 4096;

/// The bucket and key that the operator gives a workspace, without the secret.
pub(crate) struct GivenStorage {
    pub(crate) endpoint: Url,
    pub(crate) region: String,
    pub(crate) bucket: String,
    pub(crate) access_key_id: String,
}

/// Gives a workspace a bucket and a key, whose secret is on standard input.
pub(crate) async fn give(slug: &Slug, given: GivenStorage) -> anyhow::Result<()> {
    let GivenStorage { endpoint, region, bucket, access_key_id } = given;
    let is_plain = |text: &str| {
        (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"/,=;".contains(&b))
    };
    ensure!(
        is_plain(&access_key_id),
        "--access-key-id has characters that are not allowed in a key's id"
    );
    ensure!(is_plain(&region), "--region has characters that are not allowed in a region");
    let bucket = BucketName::parse(bucket).context("--bucket")?;
    let key = S3Key { access_key_id, secret: secret()? };
    let (config, store) = open_store().await?;
    let sealing = tried_key(&config, &store).await?;
    let caller = workspace(&config, &store, slug).await?;
    secrets_key::record(&store, &sealing).await?;
    let given = PremadeStorage { endpoint, region, bucket, key };
    let outcome = give_storage(&store, &sealing, &caller.workspace, given).await;
    outcome.map_err(|failure| with_hint(&failure))?;
    print::error(&format!(
        "Workspace {slug} has the bucket. storage.inject_env gives it to apps; storage.provision renews the key \
         in apps that had another one."
    ));
    Ok(())
}

/// Removes the object storage of a workspace.
pub(crate) async fn remove(slug: &Slug) -> anyhow::Result<()> {
    let (config, store) = open_store().await?;
    let caller = workspace(&config, &store, slug).await?;
    remove_of(&config, &store, &caller.workspace).await?;
    print::error(&format!("Workspace {slug} no longer has object storage."));
    Ok(())
}

/// Removes the object storage of this workspace.
pub(super) async fn remove_of(
    config: &Config,
    store: &Store,
    record: &WorkspaceRecord,
) -> anyhow::Result<()> {
    let google = config.storage.as_ref().map(upstream_clients::google_storage).transpose()?;
    let outcome = remove_storage(store, google.as_ref(), record).await;
    outcome.map_err(|failure| with_hint(&failure))
}

async fn open_store() -> anyhow::Result<(Config, Store)> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    Ok((config, store))
}

async fn workspace(config: &Config, store: &Store, slug: &Slug) -> anyhow::Result<Caller> {
    match tenants::operator(config, store, slug).await? {
        Some(caller) => Ok(caller),
        None => bail!("there is no workspace {slug}; `covibe-server workspace list` lists them"),
    }
}

fn secret() -> anyhow::Result<Secret> {
    let mut text = String::new();
    io::stdin()
        .take(LONGEST)
        .read_to_string(&mut text)
        .context("there is no secret on standard input")?;
    let secret = text.trim();
    let is_fine = !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(is_fine, "standard input must have a secret: one line of visible ASCII characters");
    Ok(Secret::new(secret))
}
