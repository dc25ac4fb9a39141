//! Access tokens of users.
//!
//! Gitea accepts these calls only with Basic authentication. The administrator's token is accepted
//! as the password (1.21 to main), so that no password is stored.

use covibe_domain::Secret;
use covibe_upstream::{Cause, Effect, Request, gone};
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, page};

/// The path that lists a user's tokens.
const TOKENS: &str = "/users/{user}/tokens";

/// The most pages that are read to delete tokens: for some 50,000 of them.
const ROUNDS: usize = 1_000;

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
        page::all(|| self.list(user)).await
    }

    /// Deletes every token of a user but these, the newest first. Returns their number.
    ///
    /// A user may have more of them than a list may be long, so this reads one page at a time. Fails
    /// as too large while new ones keep appearing.
    pub async fn delete_other_tokens(&self, user: &str, kept: &[i64]) -> Result<usize, Error> {
        let mut deleted = 0;
        let mut page = 1;
        for _ in 0..ROUNDS {
            let (tokens, _) = page::numbered::<Token>(self.list(user), page).await?;
            let others = tokens.iter().filter(|token| !kept.contains(&token.id));
            let others: Vec<_> = others.map(|token| token.id).collect();
            match (tokens.is_empty(), others.is_empty()) {
                (true, _) => return Ok(deleted),
                // Only kept ones are on this page.
                (false, true) => page += 1,
                (false, false) => {
                    for id in &others {
                        self.delete_token(user, *id).await?;
                    }
                    deleted += others.len();
                    // What followed has moved up.
                    page = 1;
                }
            }
        }
        Err(Error {
            upstream: self.transport.upstream(),
            method: "GET",
            path: TOKENS,
            cause: Cause::TooLarge,
            effect: Effect::None,
        })
    }

    fn list(&self, user: &str) -> Request {
        self.transport.get(TOKENS).segment(user).authorization(&self.basic).operators()
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
        let request = self.transport.post(TOKENS).segment(user).authorization(&self.basic);
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
