//! Repositories.

use covibe_upstream::optional;
use serde::Deserialize;

use crate::{Client, Error, page, refusal};

/// A repository, without its URLs: they follow Gitea's own settings and may not be reachable from
/// here.
#[derive(Clone, Debug, Deserialize)]
pub struct Repo {
    /// Its name.
    pub name: String,
    /// `owner/name`.
    pub full_name: String,
    /// Its default branch.
    #[serde(default)]
    pub default_branch: String,
    /// Whether it has no commit, so that Coolify can't clone it.
    #[serde(default)]
    pub empty: bool,
    /// Whether it is private.
    #[serde(default)]
    pub private: bool,
    /// Whether it is read-only.
    #[serde(default)]
    pub archived: bool,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
}

impl Client {
    /// Returns the repository of exactly this owner and name; `None` where it was renamed or moved.
    pub async fn repo(&self, org: &str, name: &str) -> Result<Option<Repo>, Error> {
        let request = self.transport.get("/repos/{owner}/{repo}").segment(org).segment(name);
        let found: Option<Repo> = refusal::not_moved(optional(request.json().await))?;
        Ok(found.filter(|repo| repo.full_name.eq_ignore_ascii_case(&format!("{org}/{name}"))))
    }

    /// Returns whether a repository has a branch of exactly this name.
    pub async fn has_branch(&self, org: &str, repo: &str, name: &str) -> Result<bool, Error> {
        let request = self.transport.get("/repos/{owner}/{repo}/branches/{branch}");
        let request = request.segment(org).segment(repo).segment(name);
        let found: Option<Branch> = optional(request.json().await)?;
        Ok(found.is_some_and(|branch| branch.name == name))
    }

    /// Returns an organisation's repositories.
    pub async fn repos(&self, org: &str) -> Result<Vec<Repo>, Error> {
        page::all(|| self.transport.get("/orgs/{org}/repos").segment(org)).await
    }
}
