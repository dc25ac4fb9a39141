//! The check that the secrets in the database can be opened with the current key.

use anyhow::bail;
use covibe_config::Config;
use covibe_crypto::SecretBox;
use covibe_installation::secrets_key::{self, KeyTrial};
use covibe_store::Store;

use crate::check_outcome::{Check, broken, failed_check, outcome, passed_check};

const NAME: &str = "secrets";

/// Opens one sealed secret, if there is one, and counts them by key.
pub(crate) async fn check(config: &Config, store: Option<&Store>) -> Check {
    let secrets = match secrets_key::existing(config) {
        Ok(Some(secrets)) => secrets,
        Ok(None) => return check_missing_key(config, store).await,
        Err(error) => return outcome(NAME, Err(error)),
    };
    let Some(store) = store else { return passed_check(NAME, "the key is valid") };
    outcome(NAME, try_key(config, store, &secrets).await)
}

/// Tells of a key that is not there: `serve` creates the first one, and does not start where another one sealed secrets.
async fn check_missing_key(config: &Config, store: Option<&Store>) -> Check {
    let sealed = match store {
        Some(store) => store.secrets_keys().await,
        None => Ok(Vec::new()),
    };
    match sealed {
        Ok(keys) => match keys.first() {
            Some(key) => failed_check(NAME, secrets_key::lost_key(config, &key.id)),
            None => passed_check(NAME, "`serve` creates the key"),
        },
        Err(error) => broken(NAME, &error),
    }
}

async fn try_key(config: &Config, store: &Store, secrets: &SecretBox) -> anyhow::Result<String> {
    secrets_key::try_canaries(store, secrets).await?;
    Ok(match secrets_key::try_key(config, store, secrets).await? {
        KeyTrial::Opens => {
            format!(
                "the key opens a stored secret; {}",
                count_secrets(config, store, secrets).await?
            )
        }
        KeyTrial::NoSecrets => "the key is valid; no secret is stored yet".to_owned(),
        KeyTrial::Untried => {
            "the key is valid; with COVIBE_POSTGRES_ADMIN_URL, it is tried on a stored \
                           secret"
                .to_owned()
        }
    })
}

/// Says how many secrets each key sealed.
///
/// # Errors
///
/// One of these keys is not configured.
async fn count_secrets(
    config: &Config,
    store: &Store,
    secrets: &SecretBox,
) -> anyhow::Result<String> {
    let (mut said, mut unknown) = (Vec::new(), Vec::new());
    for (id, count) in secrets_key::count(config, store).await? {
        let line = format!("{count} encrypted with {id}");
        if !secrets.key_ids().any(|known| known == id) {
            unknown.push(line);
        } else if id == secrets.newest_id() {
            said.push(line);
        } else {
            said.push(format!("{line}, an older key (`covibe-server secrets rotate` replaces it)"));
        }
    }
    if !unknown.is_empty() {
        let configured = secrets.key_ids().collect::<Vec<_>>().join(", ");
        bail!("no key for: {}; the configured keys are: {configured}", unknown.join(", "));
    }
    Ok(said.join(", "))
}
