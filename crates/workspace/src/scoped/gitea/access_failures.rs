//! Why Gitea does not let the bot read.

use covibe_domain::{Failure, boxed};
use covibe_gitea::{Cause, Error, NameLookup};

use super::Gitea;
use super::repository_errors::{
    locked_bot, remade_organisation, renamed_organisation, revoked_token,
};
use crate::workspace_failures::unprovisioned_workspace;

impl Gitea<'_> {
    /// Checks that the bot's token works and that the bot still belongs to the organisation, which is the
    /// one that was created for the workspace.
    ///
    /// # Errors
    ///
    /// Unready, with what to do about it.
    #[boxed]
    pub async fn check_access(&self) -> Result<(), Failure> {
        let reader = self.client.reader(&self.token);
        match self.reword_failure(reader.org(self.organisation).await).await? {
            Some(org) if self.is_own(org.id) => Ok(()),
            Some(_) => Err(self.remade_organisation()),
            None => Err(self.no_access()),
        }
    }

    /// Checks that the name of the organisation leads to the one that was created for the workspace, whatever the bot
    /// may see: nothing is made in another one, and nothing is missing in one that has another name.
    pub(super) async fn check_organisation(&self) -> Result<(), Failure> {
        match self.client.org(self.organisation).await? {
            NameLookup::Here(org) if self.is_own(org.id) => Ok(()),
            NameLookup::Here(_) => Err(self.remade_organisation()),
            NameLookup::Renamed(_) => {
                Err(self.trouble(renamed_organisation(self.slug, self.organisation)))
            }
            NameLookup::Nowhere => Err(self.no_access()),
        }
    }

    /// Rewords the failure of a request with the bot's token: it is not this server's credential.
    pub(super) async fn reword_failure<T>(&self, result: Result<T, Error>) -> Result<T, Failure> {
        match result {
            Err(error) if error.cause == Cause::Unauthorized => Err(self.rejection().await),
            other => Ok(other?),
        }
    }

    /// The failure for a bot that can't see what exists.
    pub(super) fn no_access(&self) -> Failure {
        let message = "The workspace's Gitea bot has no access to the organisation.";
        self.trouble(unprovisioned_workspace(self.slug, message))
    }

    /// The failure for another organisation with the name of the workspace's own.
    pub(super) fn remade_organisation(&self) -> Failure {
        self.trouble(remade_organisation(self.organisation))
    }

    /// Notes what is wrong with the workspace's access to Gitea: a run that ended well before answers no call to
    /// provision it from now on.
    fn trouble(&self, failure: Failure) -> Failure {
        self.broken_access.note(self.slug.as_str());
        failure
    }

    /// Returns why Gitea rejects the bot's token: the token is gone (401), or the bot is locked (403).
    async fn rejection(&self) -> Failure {
        match self.client.user(self.bot).await {
            Ok(NameLookup::Here(user)) if user.prohibit_login || !user.active => {
                self.trouble(locked_bot(self.bot))
            }
            Ok(_) => self.trouble(revoked_token(self.slug)),
            Err(error) => error.into(),
        }
    }
}
