//! Repositories by a name that they may have had before, and the rules of their branches.

use covibe_domain::boxed;
use covibe_upstream::{Cause, optional};
use serde::Deserialize;

use super::Reader;
use crate::repos::{REPO, Repo};
use crate::{Error, page, refusal};

/// The most renames that are followed.
const MAX_RENAMES: usize = 5;

/// A branch's rules.
#[derive(Deserialize)]
struct Branch {
    name: String,
    #[serde(default)]
    protected: bool,
}

impl Reader<'_> {
    /// Returns the repository that has this owner and name, or had them before it was renamed or moved; its `full_name` is
    /// the present one. `None` where there is none that is visible.
    #[boxed]
    pub async fn resolved(&self, owner: &str, name: &str) -> Result<Option<Repo>, Error> {
        let (mut owner, mut name) = (owner.to_owned(), name.to_owned());
        for _ in 0..MAX_RENAMES {
            let request = self.get(REPO).segment(&owner).segment(&name);
            match optional(request.json().await) {
                Err(Error { cause: Cause::Renamed { to }, .. }) => match present(&to) {
                    Some(present) => (owner, name) = present,
                    None => return Ok(None),
                },
                other => return other,
            }
        }
        Ok(None)
    }

    /// Returns whether a rule protects a branch; one that is not there yet is not protected.
    ///
    /// A branch that was pushed a moment ago may not be noticed yet: Gitea then fails for it, and leaves it out of the list.
    #[boxed]
    pub async fn is_protected(&self, owner: &str, repo: &str, branch: &str) -> Result<bool, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/branches/{branch}";
        const LIST: &str = "/repos/{owner}/{repo}/branches";
        let request = self.get(PATH).segment(owner).segment(repo).segment(branch);
        let found: Result<Option<Branch>, Error> =
            refusal::not_moved(optional(request.json().await));
        match found {
            Err(Error { cause: Cause::Failed { .. }, .. }) => {}
            other => return Ok(other?.is_some_and(|found| found.protected)),
        }
        let all: Vec<Branch> = page::all(|| self.get(LIST).segment(owner).segment(repo)).await?;
        Ok(all.iter().any(|found| found.name == branch && found.protected))
    }
}

/// Reads the redirect of a repository, `/repos/{owner}/{name}`.
fn present(to: &str) -> Option<(String, String)> {
    let (owner, name) = to.strip_prefix("/repos/")?.split_once('/')?;
    let is_name = |text: &str| !text.is_empty() && !text.contains(['/', '?', '%', '#']);
    (is_name(owner) && is_name(name)).then(|| (owner.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_redirects_to_a_repository_are_followed() {
        assert_eq!(present("/repos/ada/new"), Some(("ada".to_owned(), "new".to_owned())));
        for to in ["/repos/ada", "/orgs/ada", "/repos/ada/", "/repos/ada/a/b", "/repos/ada/a%2f"] {
            assert_eq!(present(to), None, "{to}");
        }
    }
}
