//! Why Gitea does not let the bot read.

use covibe_domain::{Failure, Secret};
use covibe_gitea::{Cause, Error, Token};

use super::Gitea;
use super::errors::{locked_bot, revoked_token};
use crate::errors::unprovisioned;

impl Gitea<'_> {
    /// Checks that the bot's token works and that the bot still belongs to the organisation.
    ///
    /// # Errors
    ///
    /// Unready, with what to do about it.
    pub async fn check_access(&self) -> Result<(), Failure> {
        let reader = self.client.reader(&self.token);
        let sees = self.told(reader.sees_org(self.organisation).await).await?;
        if sees { Ok(()) } else { Err(self.no_access()) }
    }

    /// Rewords the failure of a request with the bot's token: it is not this server's credential.
    pub(super) async fn told<T>(&self, result: Result<T, Error>) -> Result<T, Failure> {
        match result {
            Err(error) if error.cause == Cause::Unauthorized => Err(self.rejection().await),
            other => Ok(other?),
        }
    }

    /// The failure for a bot that can't see what exists.
    pub(super) fn no_access(&self) -> Failure {
        let message = "The workspace's Gitea bot has no access to the organisation.";
        unprovisioned(self.slug, message)
    }

    /// Returns why Gitea rejects the bot's token: the token is gone (401), or the bot is locked (403).
    async fn rejection(&self) -> Failure {
        let own = [&self.token, &self.read_token];
        let is_there = |tokens: &[Token], own: &Secret| {
            let is_it = |last: &str| !last.is_empty() && own.expose().ends_with(last);
            tokens.iter().any(|token| is_it(&token.last_eight))
        };
        match self.client.tokens(self.bot).await {
            Ok(tokens) if own.iter().all(|own| is_there(&tokens, own)) => locked_bot(self.bot),
            Ok(_) => revoked_token(self.slug),
            Err(error) if error.is_not_found() => revoked_token(self.slug),
            Err(error) => error.into(),
        }
    }
}
