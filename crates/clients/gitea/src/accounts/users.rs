//! Users.

use covibe_domain::{Secret, Timestamp, boxed};
use covibe_upstream::{Cause, Identified, ignore_not_found};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error_answers::read_named;
use crate::{Client, Error, NameLookup};

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Its id, which no other user or organisation ever gets.
    pub id: i64,
    /// Its name.
    pub login: String,
    /// Its email address, which only administrators see.
    #[serde(default)]
    pub email: String,
    /// True if it is a site administrator; only administrators see it.
    #[serde(default)]
    pub is_admin: bool,
    /// False if it can't act; only administrators see that.
    #[serde(default = "default_true")]
    pub active: bool,
    /// True if it is locked; only administrators see it.
    #[serde(default)]
    pub prohibit_login: bool,
    /// The address of its page, which begins with the instance's own base address (its setting).
    #[serde(default)]
    pub html_url: String,
    /// When it was created.
    #[serde(default)]
    pub created: Option<Timestamp>,
}

/// A page of the answer to a search.
#[derive(Deserialize)]
struct Matches {
    data: Vec<User>,
}

impl Identified for User {
    fn is_about(&self, segments: &[String]) -> bool {
        matches!(segments, [name] if name.eq_ignore_ascii_case(&self.login))
    }
}

const fn default_true() -> bool {
    true
}

impl Client {
    /// Returns the user of this name. An organisation of the name is shown as a user too.
    #[boxed]
    pub async fn user(&self, name: &str) -> Result<NameLookup<User>, Error> {
        read_named(
            self.transport.get("/users/{name}").segment(name).operator_only().json_asked().await,
        )
    }

    /// Returns up to 50 users whose names contain `text`, including private ones.
    #[boxed]
    pub async fn users_named(&self, text: &str) -> Result<Vec<User>, Error> {
        let request = self.transport.get("/users/search").query("q", text).query("limit", 50);
        Ok(request.json::<Matches>().await?.data)
    }

    /// Creates a user that can be used at once and is hidden from others.
    ///
    /// Users and organisations share one namespace, and an email address is unique on the
    /// instance: a duplicate of either is a conflict.
    #[boxed]
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
        self.transport.post("/admin/users").body(body).operator_only().json().await
    }

    /// Returns the user of a token; `None` when the token does not work.
    ///
    /// Gitea answers 401 to an unknown token, and 403 to one without the scope read:user or of a
    /// user that must change its password, is prohibited to sign in, or is inactive.
    #[boxed]
    pub async fn whoami(&self, token: &Secret) -> Result<Option<User>, Error> {
        let authorization = Secret::new(format!("token {}", token.expose()));
        match self.transport.get("/user").authorization(&authorization).json().await {
            Ok(user) => Ok(Some(user)),
            Err(Error { cause: Cause::Unauthorized, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Ends a user's right to create organisations and repositories of its own; those in
    /// organisations are not concerned. Everything else of the user stays.
    #[boxed]
    pub async fn limit_user(&self, name: &str) -> Result<(), Error> {
        self.edit_user(name, json!({ "allow_create_organization": false, "max_repo_creation": 0 }))
            .await
    }

    /// Replaces a user's primary email address; one that another user has is a conflict. The former
    /// one stays as a further address of the user (read in Gitea 1.22 to main).
    #[boxed]
    pub async fn set_email(&self, name: &str, email: &str) -> Result<(), Error> {
        self.edit_user(name, json!({ "email": email })).await
    }

    /// Replaces a user's password.
    #[boxed]
    pub async fn set_password(&self, name: &str, password: &Secret) -> Result<(), Error> {
        self.edit_user(name, json!({ "password": password.expose() })).await
    }

    async fn edit_user(&self, name: &str, mut change: Value) -> Result<(), Error> {
        // Required, but ignored for a user of Gitea's own.
        change["login_name"] = json!(name);
        // Keeps the authentication source.
        change["source_id"] = json!(0);
        let request = self.transport.patch("/admin/users/{user}").segment(name);
        request.body(change).repeatable().operator_only().execute().await
    }

    /// Deletes a user with its repositories and with the organisations that it is the last owner of;
    /// succeeds when it does not exist.
    #[boxed]
    pub async fn purge_user(&self, name: &str) -> Result<(), Error> {
        let request = self.transport.delete("/admin/users/{user}").segment(name);
        ignore_not_found(request.query("purge", true).repeatable().execute().await)
    }

    /// Deletes a user; succeeds when it does not exist. A user that owns organisations or
    /// repositories is refused (422).
    #[boxed]
    pub async fn delete_user(&self, name: &str) -> Result<(), Error> {
        let request = self.transport.delete("/admin/users/{user}").segment(name);
        ignore_not_found(request.repeatable().execute().await)
    }
}
