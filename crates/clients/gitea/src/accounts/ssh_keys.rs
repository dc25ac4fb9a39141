//! SSH keys of users.

use covibe_domain::boxed;
use covibe_upstream::ignore_not_found;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, pagination};

/// A public key.
#[derive(Clone, Debug, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: i64,
    /// The key in OpenSSH form.
    #[serde(default)]
    pub key: String,
    /// `SHA256:…`.
    #[serde(default)]
    pub fingerprint: String,
    /// Its title, unique for the user.
    #[serde(default)]
    pub title: String,
}

impl Client {
    /// Returns a user's keys.
    #[boxed]
    pub async fn keys(&self, user: &str) -> Result<Vec<Key>, Error> {
        pagination::read_all(|| {
            self.transport.get("/users/{user}/keys").segment(user).operator_only()
        })
        .await
    }

    /// Adds a key that may write, and returns its id.
    ///
    /// A key is unique on the instance, a title for the user: a duplicate of either is a conflict.
    #[boxed]
    pub async fn add_key(&self, user: &str, title: &str, public_key: &str) -> Result<i64, Error> {
        let body = json!({ "title": title, "key": public_key, "read_only": false });
        let request = self.transport.post("/admin/users/{user}/keys").segment(user);
        Ok(request.body(body).operator_only().json::<Key>().await?.id)
    }

    /// Deletes a key; succeeds when it does not exist.
    #[boxed]
    pub async fn delete_key(&self, user: &str, id: i64) -> Result<(), Error> {
        let request = self.transport.delete("/admin/users/{user}/keys/{id}");
        ignore_not_found(request.segment(user).segment(id.to_string()).repeatable().execute().await)
    }
}
