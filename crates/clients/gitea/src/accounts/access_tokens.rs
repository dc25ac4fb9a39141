//! Access tokens of users.
//!
//! Gitea accepts these calls only with Basic authentication. With a random password that was just set
//! and is kept nowhere, a user's own works everywhere (1.21 to main); where passwords are switched off,
//! the administrator's token is accepted in the password's place (up to 1.26).

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Cause, Effect, Request, ignore_not_found};
use serde::Deserialize;
use serde_json::json;

use crate::client::basic;
use crate::{Client, Error, pagination};

/// The path that lists a user's tokens.
const TOKENS: &str = "/users/{user}/tokens";

/// The maximum number of pages that are read to delete tokens: enough for some 50,000 of them.
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
    /// The scopes, such as `write:admin`.
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

/// The tokens of one user, with the right to change them.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub(super) client: Client,
    user: String,
    authorization: Secret,
    /// The password to try where the first is not accepted.
    fallback: Option<Secret>,
}

impl Client {
    /// Returns a user's tokens with the user's own authorization, by a password that this sets;
    /// with the administrator's where the instance does not accept that.
    #[boxed]
    pub async fn tokens_by_password(&self, user: &str, password: &Secret) -> Result<Tokens, Error> {
        let administrators = self.tokens_by_administrator(user);
        match self.set_password(user, password).await {
            // The instance refuses every password that this would set.
            Err(Error { cause: Cause::Barred { .. }, .. }) => return Ok(administrators),
            set => set?,
        }
        let fallback = Some(administrators.authorization.clone());
        Ok(Tokens { authorization: basic(user, password.expose()), fallback, ..administrators })
    }

    /// Returns a user's tokens with the administrator's token in the place of a password.
    pub fn tokens_by_administrator(&self, user: &str) -> Tokens {
        let (client, authorization) = (self.clone(), self.basic.clone());
        Tokens { client, user: user.to_owned(), authorization, fallback: None }
    }
}

impl Tokens {
    /// Returns all of them, the newest first.
    #[boxed]
    pub async fn all(&self) -> Result<Vec<Token>, Error> {
        self.authorized(|by| pagination::read_all(move || self.list(by))).await
    }

    /// Deletes every token but these, the newest first. Returns their number.
    ///
    /// A user may have more of them than a list may be long, so this reads one page at a time.
    /// Fails as too large while new ones keep appearing.
    #[boxed]
    pub async fn delete_others(&self, kept: &[i64]) -> Result<usize, Error> {
        let mut deleted = 0;
        let mut page = 1;
        for _ in 0..ROUNDS {
            let read = |by| pagination::read_page::<Token>(self.list(by), page);
            let (tokens, _) = self.authorized(read).await?;
            let others = tokens.iter().filter(|token| !kept.contains(&token.id));
            let others: Vec<_> = others.map(|token| token.id).collect();
            match (tokens.is_empty(), others.is_empty()) {
                (true, _) => return Ok(deleted),
                // Only kept ones are on this page.
                (false, true) => page += 1,
                (false, false) => {
                    for id in &others {
                        self.delete(*id).await?;
                    }
                    deleted += others.len();
                    // Deleting moved the following ones up.
                    page = 1;
                }
            }
        }
        Err(Error {
            upstream: self.client.transport.upstream(),
            method: "GET",
            path: TOKENS,
            cause: Cause::TooLarge,
            effect: Effect::None,
        })
    }

    /// Creates a token; a name that the user already has is a conflict.
    #[boxed]
    pub async fn create(&self, name: &str, scopes: &[&str]) -> Result<NewToken, Error> {
        #[derive(Deserialize)]
        struct Created {
            id: i64,
            sha1: Secret,
        }
        let body = json!({ "name": name, "scopes": scopes });
        let request = |by: &Secret| {
            let request = self.client.transport.post(TOKENS).segment(&self.user);
            request.authorization(by).body(body.clone()).operator_only()
        };
        let created = self.authorized(|by| request(by).json());
        let Created { id, sha1: token } = created.await?;
        Ok(NewToken { id, token })
    }

    /// Deletes a token; succeeds when it does not exist.
    #[boxed]
    pub async fn delete(&self, id: i64) -> Result<(), Error> {
        let request = |by: &Secret| {
            let request = self.client.transport.delete("/users/{user}/tokens/{token}");
            request.segment(&self.user).segment(id.to_string()).authorization(by).repeatable()
        };
        ignore_not_found(self.authorized(|by| request(by).execute()).await)
    }

    fn list(&self, by: &Secret) -> Request {
        let request = self.client.transport.get(TOKENS).segment(&self.user);
        request.authorization(by).operator_only()
    }

    /// Makes a call with the first authorization that is accepted. A rejected call changes nothing.
    async fn authorized<'a, T, F: Future<Output = Result<T, Error>>>(
        &'a self,
        call: impl Fn(&'a Secret) -> F,
    ) -> Result<T, Error> {
        match (call(&self.authorization).await, &self.fallback) {
            (Err(Error { cause: Cause::Unauthorized, .. }), Some(fallback)) => call(fallback).await,
            (answered, _) => answered,
        }
    }
}
