//! Where WorkOS may send browsers back to.

use covibe_upstream::Error;
use serde::Deserialize;
use url::Url;

use super::pages;
use crate::client::WorkOs;

#[derive(Deserialize)]
struct RedirectUri {
    uri: String,
}

impl WorkOs {
    /// Lists the addresses that sign-ins may come back to.
    pub async fn redirect_uris(&self) -> Result<Vec<Url>, Error> {
        let path = "/user_management/redirect_uris";
        let list = pages::all::<RedirectUri>(|| self.transport().get(path)).await?;
        Ok(list.into_iter().filter_map(|one| one.uri.parse().ok()).collect())
    }
}
