//! The SSH keys that Coolify holds.

use covibe_domain::{PrivateKeyUuid, Secret};
use serde::Deserialize;
use serde_json::json;

use crate::wire::{self, Created, Listing};
use crate::{Client, Error};

/// A key without its private half.
#[derive(Clone, Debug, Deserialize)]
pub struct PrivateKey {
    /// Its id.
    pub uuid: PrivateKeyUuid,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// The public half in OpenSSH form, without a comment.
    #[serde(default, deserialize_with = "wire::text")]
    pub public_key: Option<String>,
    /// The public half's fingerprint.
    #[serde(default, deserialize_with = "wire::text")]
    pub fingerprint: Option<String>,
}

impl Client {
    /// Every key of the team.
    pub async fn private_keys(&self) -> Result<Vec<PrivateKey>, Error> {
        Ok(self.transport.get("/security/keys").json::<Listing<_>>().await?.0)
    }

    /// Stores a key, in PEM or OpenSSH form.
    ///
    /// The same key twice is a conflict: Coolify allows each only once in the team.
    pub async fn create_private_key(
        &self,
        name: &str,
        description: &str,
        key: &Secret,
    ) -> Result<PrivateKeyUuid, Error> {
        let body = json!({ "name": name, "description": description, "private_key": key.expose() });
        Ok(self.transport.post("/security/keys").body(&body).json::<Created<_>>().await?.uuid)
    }
}
