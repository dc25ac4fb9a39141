//! Access tokens of users.
//!
//! Gitea accepts these calls only with Basic authentication. The administrator's token is accepted
//! as the password (1.21 to main), so that no password is stored.

use covibe_domain::Secret;
use covibe_upstream::gone;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, page};

/// A token without its text.
#[derive(Clone, Debug, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: i64,
    /// Its name, unique for the user.
    #[serde(default)]
    pub name: String,
    /// The last eight characters of its text, to recognize it.
    #[serde(default, rename = "token_last_eight")]
    pub last_eight: String,
    /// What it may do, such as `write:admin`.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// A new token with its text, which can't be read again.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its id.
    pub id: i64,
    /// Its text.
    pub token: Secret,
}

impl Client {
    /// Returns a user's tokens.
    pub async fn tokens(&self, user: &str) -> Result<Vec<Token>, Error> {
        page::all(|| {
            self.transport
                .get("/users/{user}/tokens")
                .segment(user)
                .authorization(&self.basic)
                .operators()
        })
        .await
    }

    /// Creates a token; a name that the user already has is a conflict.
    pub async fn create_token(
        &self,
        user: &str,
        name: &str,
        scopes: &[&str],
    ) -> Result<NewToken, Error> {
        #[derive(Deserialize)]
        struct Created {
            id: i64,
            sha1: Secret,
        }
        let request =
            self.transport.post("/users/{user}/tokens").segment(user).authorization(&self.basic);
        let body = json!({ "name": name, "scopes": scopes });
        let Created { id, sha1: token } = request.body(body).operators().json().await?;
        Ok(NewToken { id, token })
    }

    /// Deletes a token; succeeds when it does not exist.
    pub async fn delete_token(&self, user: &str, id: i64) -> Result<(), Error> {
        let request = self
            .transport
            .delete("/users/{user}/tokens/{token}")
            .segment(user)
            .segment(id.to_string());
        gone(request.authorization(&self.basic).repeatable().done().await)
    }
}
