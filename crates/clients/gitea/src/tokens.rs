//! Access tokens of users.
//!
//! Gitea takes these calls only with Basic authentication. The administrator's token in the
//! password's place passes (1.21 to main), so that no password need be kept.

use covibe_domain::Secret;
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
}

impl Client {
    /// A user's tokens.
    pub async fn tokens(&self, user: &str) -> Result<Vec<Token>, Error> {
        page::all(|| {
            self.transport.get("/users/{user}/tokens").segment(user).authorization(&self.basic)
        })
        .await
    }

    /// Makes a token and answers its text, which can't be read again; a used name is a conflict.
    pub async fn create_token(
        &self,
        user: &str,
        name: &str,
        scopes: &[&str],
    ) -> Result<Secret, Error> {
        #[derive(Deserialize)]
        struct Created {
            sha1: Secret,
        }
        let request =
            self.transport.post("/users/{user}/tokens").segment(user).authorization(&self.basic);
        let body = json!({ "name": name, "scopes": scopes });
        Ok(request.body(&body).json::<Created>().await?.sha1)
    }

    /// Removes a token.
    pub async fn delete_token(&self, user: &str, id: i64) -> Result<(), Error> {
        let request = self
            .transport
            .delete("/users/{user}/tokens/{token}")
            .segment(user)
            .segment(id.to_string());
        request.authorization(&self.basic).done().await
    }
}
