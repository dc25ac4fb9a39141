//! Users.

use covibe_domain::Secret;
use covibe_upstream::{Cause, gone, optional};
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, refusal};

/// A user.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub login: String,
    /// Its e-mail address, which only administrators see.
    #[serde(default)]
    pub email: String,
    /// Whether it is a site administrator, which only administrators see.
    #[serde(default)]
    pub is_admin: bool,
}

impl Client {
    /// Returns the user of this name; `None` when it does not exist or is not visible.
    pub async fn user(&self, name: &str) -> Result<Option<User>, Error> {
        refusal::not_moved(optional(self.transport.get("/users/{name}").segment(name).json().await))
    }

    /// Creates a user that can be used at once and is hidden from others.
    ///
    /// Users and organisations share one namespace, and an e-mail address is unique on the
    /// instance: a duplicate of either is a conflict.
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
        self.transport.post("/admin/users").body(body).json().await
    }

    /// Returns the user of a token; `None` when the token does not work.
    ///
    /// Gitea answers 401 to an unknown token, and 403 to one without the scope read:user or of a
    /// user that must change its password, is prohibited to sign in, or is inactive.
    pub async fn whoami(&self, token: &Secret) -> Result<Option<User>, Error> {
        let authorization = Secret::new(format!("token {}", token.expose()));
        match self.transport.get("/user").authorization(&authorization).json().await {
            Ok(user) => Ok(Some(user)),
            Err(Error { cause: Cause::Unauthorized, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Repairs a user that was created by hand: sets this e-mail address and password, makes the
    /// user usable and hides it from others. Its tokens and keys stay. An address that another user
    /// has is a conflict.
    pub async fn repair_user(
        &self,
        name: &str,
        email: &str,
        password: &Secret,
    ) -> Result<(), Error> {
        let body = json!({
            // Required, but ignored for a user of Gitea's own.
            "login_name": name,
            // Keeps the authentication source.
            "source_id": 0,
            "email": email,
            "password": password.expose(),
            "must_change_password": false,
            "active": true,
            "prohibit_login": false,
            "restricted": false,
            "visibility": "private",
        });
        let request = self.transport.patch("/admin/users/{user}").segment(name);
        request.body(body).repeatable().done().await
    }

    /// Deletes a user; succeeds when it does not exist. A user that owns organisations or
    /// repositories is refused (422).
    pub async fn delete_user(&self, name: &str) -> Result<(), Error> {
        let request = self.transport.delete("/admin/users/{user}").segment(name);
        gone(request.repeatable().done().await)
    }
}
