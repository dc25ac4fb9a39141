//! Users.

use covibe_domain::Secret;
use covibe_upstream::optional;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, refusal};

/// A user.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub login: String,
    /// Its address, which an administrator sees.
    #[serde(default)]
    pub email: String,
}

impl Client {
    /// The user of this name, if there is one that the administrator may see.
    pub async fn user(&self, name: &str) -> Result<Option<User>, Error> {
        refusal::not_moved(optional(self.transport.get("/users/{name}").segment(name).json().await))
    }

    /// Makes a user that can be used at once and is hidden from others.
    ///
    /// Users and organisations share one name space, and an address is used once on the instance:
    /// either taken is a conflict.
    pub async fn create_user(
        &self,
        name: &str,
        email: &str,
        password: &Secret,
    ) -> Result<User, Error> {
        let body = json!({
            "username": name,
            "email": email,
            "password": password.expose(),
            // True by default, and every call of such a user is answered with 403.
            "must_change_password": false,
            "visibility": "private",
            "restricted": false,
            "send_notify": false,
            "source_id": 0,
            "login_name": "",
        });
        self.transport.post("/admin/users").body(&body).json().await
    }
}
