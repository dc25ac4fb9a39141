//! Access tokens of users.
//!
//! Gitea takes these calls only with Basic authentication. The administrator's token in the
//! password's place passes (1.21 to main), so that no password need be kept.

use covibe_domain::Secret;
use covibe_upstream::gone;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, page};

/// A token without its text.
#[derive(Clone, Debug, Deserialize)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Its name, unique for the user.
    #[serde(default)]
    pub name: String,
    /// The last eight letters of its text, by which its holder knows it.
    #[serde(default, rename = "token_last_eight")]
    pub last_eight: String,
    /// What it may do, such as `write:admin`.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// A token that was just made, with its text, which can't be read again.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its number.
    pub id: i64,
    /// Its text.
    pub token: Secret,
}

impl Client {
    /// A user's tokens.
    pub async fn tokens(&self, user: &str) -> Result<Vec<Token>, Error> {
        page::all(|| {
            self.transport.get("/users/{user}/tokens").segment(user).authorization(&self.basic)
        })
        .await
    }

    /// Makes a token; a used name is a conflict.
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
        let Created { id, sha1: token } = request.body(body).json().await?;
        Ok(NewToken { id, token })
    }

    /// Removes a token; one that is gone is no error.
    pub async fn delete_token(&self, user: &str, id: i64) -> Result<(), Error> {
        let request = self
            .transport
            .delete("/users/{user}/tokens/{token}")
            .segment(user)
            .segment(id.to_string());
        gone(request.authorization(&self.basic).repeatable().done().await)
    }
}
