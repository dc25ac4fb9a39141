//! Settings of an instance that its pages and routes show.

use covibe_domain::boxed;
use covibe_upstream::Error;
use serde::Deserialize;

use crate::Client;

/// The features of repositories on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct RepositorySettings {
    /// True if repositories can't be imported from other servers: `DISABLE_MIGRATIONS`.
    #[serde(default)]
    pub migrations_disabled: bool,
    /// True if repositories can't be mirrored, in either direction: `[mirror] ENABLED = false`.
    #[serde(default)]
    pub mirrors_disabled: bool,
}

impl Client {
    /// Returns the features of repositories.
    #[boxed]
    pub async fn repository_settings(&self) -> Result<RepositorySettings, Error> {
        self.transport.get("/settings/repository").json().await
    }

    /// Returns whether anybody can sign up. The page has a form even where that is switched off, but
    /// then without a field for the name (1.21 to main).
    #[boxed]
    pub async fn is_sign_up_open(&self) -> Result<bool, Error> {
        let page = self.pages.get("/user/sign_up").text().await?;
        Ok(page.contains("name=\"user_name\""))
    }
}
