//! The workspace's Gitea organisation.

use covibe_domain::Failure;
use covibe_gitea::{Client, Repo};
use covibe_policy::{Boundary, Owned, repository_name};

use super::errors::{empty_repository, missing_repository};

/// Gitea, restricted to this workspace's organisation.
#[derive(Debug)]
pub struct Gitea<'a> {
    client: &'a Client,
    organisation: &'a str,
}

impl<'a> Gitea<'a> {
    /// Restricts a client to an organisation.
    pub(crate) fn enter(client: &'a Client, organisation: &'a str) -> Self {
        Self { client, organisation }
    }

    /// Returns a repository by its name, `name` or `organisation/name`.
    ///
    /// # Errors
    ///
    /// Forbidden for another organisation, not found, or rejected if it has no commits.
    pub async fn repository(&self, written: &str) -> Result<Owned<Repo>, Failure> {
        let organisation = self.organisation;
        let name = repository_name(written, organisation)?;
        let found = self.client.repo(organisation, name).await?;
        let repo = found.ok_or_else(|| missing_repository(organisation, name))?;
        if repo.empty {
            return Err(empty_repository(organisation, name));
        }
        Boundary::Organisation(organisation.to_owned()).admit(repo)
    }

    /// Whether a repository of the workspace has this branch.
    pub async fn has_branch(&self, repo: &Owned<Repo>, name: &str) -> Result<bool, Failure> {
        Ok(!name.is_empty() && self.client.has_branch(self.organisation, &repo.name, name).await?)
    }
}
