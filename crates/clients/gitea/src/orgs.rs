//! Organisations.

use covibe_upstream::optional;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, refusal};

/// An organisation.
#[derive(Clone, Debug, Deserialize)]
pub struct Org {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

impl Client {
    /// The organisation of this name, if there is one.
    pub async fn org(&self, name: &str) -> Result<Option<Org>, Error> {
        refusal::not_moved(optional(self.transport.get("/orgs/{org}").segment(name).json().await))
    }

    /// Makes a private organisation that `owner` owns.
    pub async fn create_org(&self, owner: &str, name: &str) -> Result<Org, Error> {
        let body = json!({ "username": name, "visibility": "private" });
        self.transport.post("/admin/users/{user}/orgs").segment(owner).body(&body).json().await
    }
}
