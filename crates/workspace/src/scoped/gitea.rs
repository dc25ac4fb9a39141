//! Gitea, as far as it belongs to the workspace.

use covibe_domain::Failure;
use covibe_gitea::{Client, Repo};
use covibe_policy::{Boundary, Owned, repository_name};

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

    /// Returns the repository with this name, `name` or `organisation/name`.
    ///
    /// # Errors
    ///
    /// Forbidden for another organisation, not found, or rejected if it has no commits.
    pub async fn repository(&self, written: &str) -> Result<Owned<Repo>, Failure> {
        let organisation = self.organisation;
        let name = repository_name(written, organisation)?;
        let found = self.client.repo(organisation, name).await?;
        let repo = found.ok_or_else(|| {
            Failure::not_found(format!("Repository {organisation}/{name} was not found.")).hint(
                "List the org's repositories to find the right name, or create it: by the \
                     Gitea API, with the token of gitea.credentials.",
            )
        })?;
        if repo.empty {
            let message = format!("Repository {organisation}/{name} is empty.");
            return Err(Failure::new(covibe_domain::Kind::Rejected, message)
                .hint("Push a first commit, or create it with auto_init, then retry.")
                .detail("fields", serde_json::json!({ "repo": ["has no commits"] })));
        }
        Boundary::Organisation(organisation.to_owned()).admit(repo)
    }

    /// Whether a repository of the workspace has a branch of this name.
    pub async fn has_branch(&self, repo: &Owned<Repo>, name: &str) -> Result<bool, Failure> {
        Ok(!name.is_empty() && self.client.has_branch(self.organisation, &repo.name, name).await?)
    }
}
