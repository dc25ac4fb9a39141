//! The addresses to which WorkOS may send browsers back.

use covibe_domain::boxed;
use covibe_upstream::Error;
use serde::Deserialize;

use super::pagination;
use crate::client::WorkOs;

#[derive(Deserialize)]
struct RedirectUri {
    uri: String,
}

impl WorkOs {
    /// Lists the addresses that sign-ins may come back to, as they were entered at WorkOS. In one with `*`, that
    /// stands for parts of a host or for a port.
    #[boxed]
    pub async fn redirect_uris(&self) -> Result<Vec<String>, Error> {
        let path = "/user_management/redirect_uris";
        let list = pagination::all::<RedirectUri>(|| self.transport().get(path)).await?;
        Ok(list.into_iter().map(|one| one.uri).collect())
    }
}
