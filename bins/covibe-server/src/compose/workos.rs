//! Signing in by WorkOS.

use anyhow::Context as _;
use covibe_config::{Auth, WorkOs};
use covibe_crypto::SecretBox;
use covibe_http::AuthMode;
use covibe_identity::{Identity, WorkOsSettings};

/// Lets people sign in as the configuration says.
pub(super) fn sign_in(auth: &Auth, identity: &Identity) -> anyhow::Result<AuthMode> {
    match auth {
        Auth::Local => Ok(AuthMode::Local),
        Auth::Blocked(_) => Ok(AuthMode::Blocked),
        Auth::WorkOs(from) => {
            let seals = SecretBox::from_password(&from.cookie_password)?;
            let (client, callback) = (workos_client(from)?, from.callback.clone());
            let allows_impersonation = from.allows_impersonation;
            let settings = WorkOsSettings { client, seals, callback, allows_impersonation };
            identity.sign_in_by_workos(settings);
            Ok(AuthMode::WorkOs)
        }
    }
}

/// Creates a client of WorkOS.
pub(crate) fn workos_client(from: &WorkOs) -> anyhow::Result<covibe_workos::WorkOs> {
    let mut config = covibe_workos::WorkOsConfig::new(&from.client_id, from.api_key.clone())?;
    if let Some(url) = &from.url {
        config.base = url.clone();
    }
    covibe_workos::WorkOs::new(config).context("WorkOS")
}
