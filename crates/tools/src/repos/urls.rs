//! The URLs of a repository.

use covibe_gitea::Repo;
use covibe_workspace::GiteaAddress;

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
