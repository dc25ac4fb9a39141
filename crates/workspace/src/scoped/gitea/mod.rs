//! The workspace's Gitea organisation, read with the bot's own token: what the bot can't read,
//! Coolify can't clone.

mod access;
mod branches;
mod errors;

use std::time::Duration;

use covibe_domain::{Failure, Secret, Slug};
use covibe_gitea::{Client, Reader, Repo};
use covibe_policy::{Boundary, Owned, repository_name};

pub use self::branches::Tip;
use self::errors::missing_repository;

/// Gitea, restricted to this workspace's organisation.
#[derive(Debug)]
pub struct Gitea<'a> {
    client: &'a Client,
    slug: &'a Slug,
    organisation: &'a str,
    bot: &'a str,
    token: Secret,
    /// How long Gitea may take to notice a push.
    notice: Duration,
}

/// What a workspace has on Gitea.
pub(crate) struct Account<'a> {
    pub(crate) slug: &'a Slug,
    pub(crate) organisation: &'a str,
    pub(crate) bot: &'a str,
    pub(crate) token: Secret,
}

impl<'a> Gitea<'a> {
    /// Restricts a client to an organisation. A push is noticed within `notice`.
    pub(crate) fn enter(client: &'a Client, account: Account<'a>, notice: Duration) -> Self {
        let Account { slug, organisation, bot, token } = account;
        Self { client, slug, organisation, bot, token, notice }
    }

    /// Returns a repository by its name, `name` or `organisation/name`.
    ///
    /// # Errors
    ///
    /// Forbidden for another organisation, not found, or unready if the bot has no access.
    pub async fn repository(&self, written: &str) -> Result<Owned<Repo>, Failure> {
        let name = repository_name(written, self.organisation)?;
        let found = self.told(self.reader().repo(self.organisation, name).await).await?;
        match found {
            Some(repo) => Boundary::Organisation(self.organisation.to_owned()).admit(repo),
            None if self.client.repo(self.organisation, name).await?.is_some() => {
                Err(self.no_access())
            }
            None => Err(missing_repository(self.organisation, name)),
        }
    }

    fn reader(&self) -> Reader<'_> {
        self.client.reader(&self.token)
    }
}
