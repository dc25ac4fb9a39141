//! The check that the secrets in the database can be opened with the present key.

use covibe_store::Store;

use super::report::{Check, outcome, passed};
use crate::config::Config;
use crate::secrets::{self, Trial};

const NAME: &str = "secrets";

/// Opens one sealed secret, if there is one.
pub(super) async fn check(config: &Config, store: Option<&Store>) -> Check {
    let secrets = match secrets::existing(config) {
        Ok(Some(secrets)) => secrets,
        Ok(None) => return passed(NAME, "`serve` creates the key"),
        Err(error) => return outcome(NAME, Err(error)),
    };
    let Some(store) = store else { return passed(NAME, "the key is valid") };
    let trial = secrets::trial(config, store, &secrets).await;
    outcome(NAME, trial.map(|trial| told(&trial).to_owned()))
}

const fn told(trial: &Trial) -> &'static str {
    match trial {
        Trial::Opens => "the key opens a stored secret",
        Trial::NoSecrets => "the key is valid; no secret is stored yet",
        Trial::Untried => {
            "the key is valid; with COVIBE_POSTGRES_ADMIN_URL, it is tried on a stored secret"
        }
    }
}
