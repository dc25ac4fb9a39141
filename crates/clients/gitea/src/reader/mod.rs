//! Reading repositories with a user's own token: with the rights of that user, and no others.

mod commit_history;
mod git_objects;

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Cause, Request, optional};
use serde::Deserialize;

use crate::repos::{Numbered, REPO, Repo, read_named_repo};
use crate::{Client, Error, Org, error_answers, pagination};

pub use commit_history::PastCommit;
pub use git_objects::{TreeEntry, TreePage, blob_hash};
pub(crate) use git_objects::{digest, object_hash};

/// Reads with one user's token instead of the administrator's.
#[derive(Debug)]
pub struct Reader<'a> {
    client: &'a Client,
    authorization: Secret,
}

/// A reference of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its whole name, such as `refs/heads/main`.
    pub name: String,
    /// The hash of the commit or, for an annotated tag, of the tag that it points to.
    pub hash: String,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "ref")]
    name: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: String,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
}

/// A branch's rules.
#[derive(Deserialize)]
struct BranchRules {
    name: String,
    #[serde(default)]
    protected: bool,
}

/// The kind of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// Branches.
    Heads,
    /// Tags.
    Tags,
}

impl ReferenceKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Tags => "tags",
        }
    }
}

impl Client {
    /// Returns a reader that presents this token.
    pub fn reader(&self, token: &Secret) -> Reader<'_> {
        let authorization = Secret::new(format!("token {}", token.expose()));
        Reader { client: self, authorization }
    }
}

impl Reader<'_> {
    /// Returns the repository of exactly this owner and name; `None` where it does not exist, was
    /// renamed, or is not visible.
    #[boxed]
    pub async fn repo(&self, org: &str, name: &str) -> Result<Option<Repo>, Error> {
        read_named_repo(self.get(REPO).segment(org).segment(name), org, name).await
    }

    /// Returns the repository with this number, whoever owns it; `None` where it does not exist or is not visible.
    #[boxed]
    pub async fn repo_numbered(&self, id: i64) -> Result<Option<Repo>, Error> {
        let request = self.get("/repositories/{id}").segment(id.to_string());
        let found: Option<Numbered> = optional(request.json_asked().await)?;
        Ok(found.map(|found| found.0))
    }

    /// Returns a page of an organisation's repositories, by its number from 1, and the number of
    /// all. Pages have 50 repositories, or as many as the instance allows. Needs the scope
    /// read:organization.
    #[boxed]
    pub async fn repos(&self, org: &str, page: usize) -> Result<(Vec<Repo>, usize), Error> {
        pagination::read_page(self.get("/orgs/{org}/repos").segment(org), page).await
    }

    /// Returns the current name of the repository that had this owner and name, if it was renamed and
    /// its owner is the same.
    #[boxed]
    pub async fn new_name(&self, org: &str, name: &str) -> Result<Option<String>, Error> {
        let request = self.get(REPO).segment(org).segment(name);
        match optional(request.execute().await) {
            Err(Error { cause: Cause::Renamed { to }, .. }) => Ok(read_redirect(&to, org)),
            other => other.map(|_| None),
        }
    }

    /// Returns the organisation of this name; `None` where no visible one has it.
    #[boxed]
    pub async fn org(&self, org: &str) -> Result<Option<Org>, Error> {
        error_answers::not_moved(optional(self.get("/orgs/{org}").segment(org).json_asked().await))
    }

    /// Returns whether the token works for repositories. Needs only the scope read:repository.
    #[boxed]
    pub async fn is_accepted(&self) -> Result<bool, Error> {
        match self.get("/repos/search").query("limit", 1).execute().await {
            Ok(()) => Ok(true),
            Err(Error { cause: Cause::Unauthorized, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns the commit of the branch, or the object of the tag, of exactly this name.
    ///
    /// A push is visible here at once; the repository's `empty` and its branches follow after up to
    /// two seconds (seen with Gitea 1.25.2, 1.21.4 and Forgejo 11.0.1).
    #[boxed]
    pub async fn reference(
        &self,
        org: &str,
        repo: &str,
        kind: ReferenceKind,
        name: &str,
    ) -> Result<Option<String>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/refs/{kind}/{name}";
        let request = self.get(PATH).segment(org).segment(repo);
        let found = list_references(request.segment(kind.as_str()).segment(name)).await?;
        // Gitea returns all references that begin with the name.
        let whole = format!("refs/{}/{name}", kind.as_str());
        Ok(found.into_iter().find(|each| each.name == whole).map(|each| each.hash))
    }

    /// Returns a repository's branches.
    #[boxed]
    pub async fn branches(&self, org: &str, repo: &str) -> Result<Vec<Reference>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/refs/heads";
        let found = list_references(self.get(PATH).segment(org).segment(repo)).await?;
        Ok(found.into_iter().filter(|each| each.name.starts_with("refs/heads/")).collect())
    }

    /// Returns the whole hash of the commit with this hash, which may be its first 7 digits or more.
    #[boxed]
    pub async fn commit(&self, org: &str, repo: &str, hash: &str) -> Result<Option<String>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/commits/{hash}";
        let request = self.get(PATH).segment(org).segment(repo).segment(hash);
        let found: Option<Commit> = optional(request.json().await)?;
        Ok(found.map(|commit| commit.sha).filter(|whole| whole.starts_with(hash)))
    }

    fn get(&self, path: &'static str) -> Request {
        self.client.transport.get(path).authorization(&self.authorization)
    }
}

async fn list_references(request: Request) -> Result<Vec<Reference>, Error> {
    let found: Option<Vec<Listed>> = optional(request.json().await)?;
    let reference = |each: Listed| Reference { name: each.name, hash: each.object.sha };
    Ok(found.unwrap_or_default().into_iter().map(reference).collect())
}

/// Reads the redirect of a repository, `/repos/{owner}/{name}`; `None` for another owner.
fn read_redirect(to: &str, org: &str) -> Option<String> {
    let (owner, name) = to.strip_prefix("/repos/")?.split_once('/')?;
    let is_name = !name.is_empty() && !name.contains(['/', '?', '%']);
    (owner.eq_ignore_ascii_case(org) && is_name).then(|| name.to_owned())
}

impl Reader<'_> {
    /// Returns whether a rule protects a branch; a branch that does not exist yet is not protected.
    ///
    /// A branch that was pushed a moment ago may not be noticed yet: Gitea then fails for it, and leaves it out of the list.
    #[boxed]
    pub async fn is_protected(&self, owner: &str, repo: &str, branch: &str) -> Result<bool, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/branches/{branch}";
        const LIST: &str = "/repos/{owner}/{repo}/branches";
        let request = self.get(PATH).segment(owner).segment(repo).segment(branch);
        let found: Result<Option<BranchRules>, Error> =
            error_answers::not_moved(optional(request.json().await));
        match found {
            Err(Error { cause: Cause::Failed { .. }, .. }) => {}
            other => return Ok(other?.is_some_and(|found| found.protected)),
        }
        let all: Vec<BranchRules> =
            pagination::read_all(|| self.get(LIST).segment(owner).segment(repo)).await?;
        Ok(all.iter().any(|found| found.name == branch && found.protected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_redirects_within_the_organisation_only() {
        assert_eq!(read_redirect("/repos/Vibn-mark/new", "vibn-mark").as_deref(), Some("new"));
        for to in [
            "/repos/vibn-justine/new",
            "/orgs/vibn-mark",
            "/repos/vibn-mark/",
            "/repos/vibn-mark/a/b",
        ] {
            assert_eq!(read_redirect(to, "vibn-mark"), None, "{to}");
        }
    }
}
