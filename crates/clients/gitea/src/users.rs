//! Users.

use covibe_domain::Secret;
use covibe_upstream::{Cause, gone, optional};
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
    /// Whether it is a site administrator, which an administrator sees.
    #[serde(default)]
    pub is_admin: bool,
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
        self.transport.post("/admin/users").body(body).json().await
    }

    /// Whose token this is; `None` when nobody can work with it.
    ///
    /// Gitea answers 401 to a token that it does not know, and 403 to one without the scope
    /// read:user or of a user that must change its password, is prohibited to sign in or inactive.
    pub async fn whoami(&self, token: &Secret) -> Result<Option<User>, Error> {
        let authorization = Secret::new(format!("token {}", token.expose()));
        match self.transport.get("/user").authorization(&authorization).json().await {
            Ok(user) => Ok(Some(user)),
            Err(Error { cause: Cause::Unauthorized, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a user that was made by hand usable, with this address and password, and hides it from
    /// others; its tokens and keys stay. An address that another user has is a conflict.
    pub async fn repair_user(
        &self,
        name: &str,
        email: &str,
        password: &Secret,
    ) -> Result<(), Error> {
        let body = json!({
            // Required, but ignored for a user of Gitea's own.
            "login_name": name,
            // Leaves the source as it is.
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

    /// Removes a user; one that is gone is no error, one that has organisations or repositories is
    /// refused (422).
    pub async fn delete_user(&self, name: &str) -> Result<(), Error> {
        let request = self.transport.delete("/admin/users/{user}").segment(name);
        gone(request.repeatable().done().await)
    }
}
