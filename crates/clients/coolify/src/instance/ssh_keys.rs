//! The SSH keys that Coolify holds.

use covibe_domain::{PrivateKeyUuid, Secret, boxed};
use covibe_upstream::{Error, Identified, ignore_not_found, optional};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer_reading::{self, Created, Listing};
use crate::client::Client;

/// The public part of a key.
#[derive(Clone, Debug, Deserialize)]
pub struct PrivateKey {
    /// Its id.
    pub uuid: PrivateKeyUuid,
    /// Its name.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// Its description.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub description: Option<String>,
    /// The public key in OpenSSH form, without a comment.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub public_key: Option<String>,
    /// The public key's fingerprint.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub fingerprint: Option<String>,
}

impl Identified for PrivateKey {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.uuid.as_str()]
    }
}

/// Returns the body of a key. An empty text is left out: Laravel reads it as null, which Coolify
/// refuses.
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
    /// Returns every key of the team.
    #[boxed]
    pub async fn private_keys(&self) -> Result<Vec<PrivateKey>, Error> {
        Ok(self.transport.get("/security/keys").json::<Listing<_>>().await?.0)
    }

    /// Stores a key, in PEM or OpenSSH form.
    ///
    /// A key that the team already has is a conflict.
    #[boxed]
    pub async fn create_private_key(
        &self,
        name: &str,
        description: &str,
        key: &Secret,
    ) -> Result<PrivateKeyUuid, Error> {
        let body = body(name, description, key);
        Ok(self.transport.post("/security/keys").body(body).json::<Created<_>>().await?.uuid)
    }

    /// Returns a key; `None` when it does not exist.
    #[boxed]
    pub async fn private_key(&self, uuid: &PrivateKeyUuid) -> Result<Option<PrivateKey>, Error> {
        let request = self.transport.get("/security/keys/{uuid}").segment(uuid.as_str());
        optional(request.json_asked().await)
    }

    /// Replaces a key in place, for every application that uses it: an application can't be given
    /// another key. A key that the team already has is a conflict.
    #[boxed]
    pub async fn update_private_key(
        &self,
        uuid: &PrivateKeyUuid,
        name: &str,
        description: &str,
        private: &Secret,
    ) -> Result<(), Error> {
        let body = body(name, description, private);
        let request = self.transport.patch("/security/keys/{uuid}").segment(uuid.as_str());
        request.body(body).repeatable().execute().await
    }

    /// Deletes a key; succeeds when it does not exist. A key that is in use is refused (422).
    #[boxed]
    pub async fn delete_private_key(&self, uuid: &PrivateKeyUuid) -> Result<(), Error> {
        let request = self.transport.delete("/security/keys/{uuid}").segment(uuid.as_str());
        ignore_not_found(request.repeatable().execute().await)
    }
}
