//! The repository that a call names, and its addresses.

use covibe_domain::{Failure, Kind};
use covibe_gitea::Repo;
use covibe_policy::Owned;
use covibe_workspace::{Gitea, GiteaAddress};

use super::errors::missing_repository;

/// The noun in the journal and in messages.
pub(crate) const KIND: &str = "repository";

/// The longest name of a repository with its owner, in characters.
pub(super) const MAX_REPOSITORY: u32 = 200;

/// The longest name of a branch, in bytes, or of a commit.
pub(super) const MAX_REFERENCE: u32 = 200;

/// Returns a repository of the workspace by `name` or `organisation/name`. One of another organisation is
/// as good as none.
pub(super) async fn find(gitea: &Gitea<'_>, written: &str) -> Result<Owned<Repo>, Failure> {
    match gitea.repository(written).await {
        Err(refused) if refused.kind == Kind::Forbidden => Err(missing_repository(written)),
        found => found,
    }
}

/// The addresses of a repository, as people, agents and Coolify reach it; none has a token.
pub(super) struct Urls {
    pub(super) clone: String,
    pub(super) ssh: String,
    pub(super) web: String,
}

impl Urls {
    pub(super) fn for_repository(address: &GiteaAddress, repo: &Repo) -> Self {
        let (name, web) = (&repo.full_name, address.web.trim_end_matches('/'));
        Self {
            clone: format!("{web}/{name}.git"),
            ssh: address.ssh.remote(&format!("{name}.git")),
            web: format!("{web}/{name}"),
        }
    }

    /// Returns the page of a commit.
    pub(super) fn commit(&self, hash: &str) -> String {
        format!("{}/commit/{hash}", self.web)
    }
}
