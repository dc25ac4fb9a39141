//! The SSH keys that Coolify holds.

use covibe_domain::{PrivateKeyUuid, Secret};
use covibe_upstream::{gone, optional};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::listing::Listing;
use crate::wire::{self, Created};
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

/// What is written of a key. An empty text is left out: Laravel takes it for null, which Coolify's
/// rule for these refuses.
fn body(name: &str, description: &str, key: &Secret) -> Value {
    let mut body = json!({ "private_key": key.expose() });
    for (field, text) in [("name", name), ("description", description)] {
        if !text.is_empty() {
            body[field] = json!(text);
        }
    }
    body
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
        let body = body(name, description, key);
        Ok(self.transport.post("/security/keys").body(body).json::<Created<_>>().await?.uuid)
    }

    /// A key, if there is one of this id.
    pub async fn private_key(&self, uuid: &PrivateKeyUuid) -> Result<Option<PrivateKey>, Error> {
        let request = self.transport.get("/security/keys/{uuid}").segment(uuid.as_str());
        optional(request.json().await)
    }

    /// Replaces a key in its place, for every application that uses it: an application's key can't
    /// be exchanged for another. A key that the team has elsewhere is a conflict.
    pub async fn update_private_key(
        &self,
        uuid: &PrivateKeyUuid,
        name: &str,
        description: &str,
        private: &Secret,
    ) -> Result<(), Error> {
        let body = body(name, description, private);
        let request = self.transport.patch("/security/keys/{uuid}").segment(uuid.as_str());
        request.body(body).repeatable().done().await
    }

    /// Removes a key; one that is gone is no error, one in use is refused (422).
    pub async fn delete_private_key(&self, uuid: &PrivateKeyUuid) -> Result<(), Error> {
        let request = self.transport.delete("/security/keys/{uuid}").segment(uuid.as_str());
        gone(request.repeatable().done().await)
    }
}
