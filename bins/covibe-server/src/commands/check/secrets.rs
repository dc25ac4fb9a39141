//! The check that the secrets in the database can be opened with the present key.

use covibe_crypto::SecretBox;
use covibe_store::Store;

use super::report::{Check, outcome, passed, warned};
use crate::config::{Config, Database};
use crate::{compose, tenants};

const NAME: &str = "secrets";

/// Opens one sealed secret, if there is one.
pub(super) async fn check(config: &Config, store: Option<&Store>) -> Check {
    let secrets = match compose::existing_secret_box(config) {
        Ok(Some(secrets)) => secrets,
        Ok(None) if store.is_none() => return passed(NAME, "`serve` creates the key"),
        Ok(None) => {
            let path = config.secrets_path().display().to_string();
            return warned(NAME, format!("there is no key at {path}; `serve` creates a new one"));
        }
        Err(error) => return outcome(NAME, Err(error)),
    };
    match store {
        None => passed(NAME, "the key is valid"),
        Some(store) => outcome(NAME, trial(config, store, &secrets).await),
    }
}

async fn trial(config: &Config, store: &Store, secrets: &SecretBox) -> anyhow::Result<String> {
    if matches!(&config.database, Database::Postgres { admin: None, .. }) {
        let says =
            "the key is valid; with COVIBE_POSTGRES_ADMIN_URL, it is tried on a stored secret";
        return Ok(says.to_owned());
    }
    for tenant in tenants::all(config, store).await? {
        let mut tx = store.tenant_read(&tenant).await?;
        let workspaces = tx.workspaces().await?;
        tx.commit().await?;
        for workspace in workspaces {
            match covibe_workspace::try_secrets(secrets, &workspace) {
                Some(Ok(())) => return Ok("the key opens a stored secret".to_owned()),
                Some(Err(error)) => anyhow::bail!(
                    "the key does not open the secrets of workspace {} ({error}): set the \
                     VIBN_SECRETS_KEY with which they were sealed",
                    workspace.slug
                ),
                None => {}
            }
        }
    }
    Ok("the key is valid; no secret is stored yet".to_owned())
}
