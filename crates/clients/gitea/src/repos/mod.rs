//! Repositories: by their names and former names, and the content of their paths.

mod content;
mod former_names;

use covibe_domain::{Located, Location, Secret, Timestamp, boxed};
use covibe_upstream::{Identified, Request, optional};
use serde::Deserialize;

use crate::{Client, Error, User, error_answers, pagination};

pub use content::{Content, Entry, EntryKind};
pub use former_names::{Resolved, has_name_form};

/// A repository, without its URLs: they follow Gitea's own settings and may not be reachable from
/// here.
#[expect(clippy::struct_excessive_bools, reason = "a repository's switches are independent")]
#[derive(Clone, Debug, Deserialize)]
pub struct Repo {
    /// Its id, which no other repository ever gets.
    #[serde(default)]
    pub id: i64,
    /// Its name.
    pub name: String,
    /// `owner/name`.
    pub full_name: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
    /// True if others can be generated from it.
    #[serde(default)]
    pub template: bool,
    /// Its default branch.
    #[serde(default)]
    pub default_branch: String,
    /// True if it has no commit. It stays true for up to two seconds after a first push.
    #[serde(default)]
    pub empty: bool,
    /// True if it is private.
    #[serde(default)]
    pub private: bool,
    /// True if it is public within a private organisation, whose members alone see it.
    #[serde(default)]
    pub internal: bool,
    /// True if it is read-only.
    #[serde(default)]
    pub archived: bool,
    /// The organisation or user that owns it.
    #[serde(default)]
    pub owner: Owner,
    /// True if Gitea replaces its content by that of another server again and again.
    #[serde(default)]
    pub mirror: bool,
    /// The URL that it was imported from, which may hold a credential.
    pub original_url: Option<Secret>,
    /// The transfer to another owner that was started and not accepted (1.14 or later).
    pub repo_transfer: Option<RepoTransfer>,
}

impl Located for Repo {
    const NOUN: &'static str = "Repository";

    fn id(&self) -> &str {
        &self.full_name
    }

    fn location(&self) -> Location<'_> {
        Location::Organisation(self.full_name.split('/').next().unwrap_or_default())
    }
}

/// A repository that a request names by its number.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Numbered(pub(crate) Repo);

impl Identified for Numbered {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.0.id.to_string()]
    }
}

/// A transfer that waits for its recipient, who alone can end it.
#[derive(Clone, Debug, Deserialize)]
pub struct RepoTransfer {
    /// The next owner.
    pub recipient: Option<User>,
}

/// The owner of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// Its id.
    pub id: i64,
}

/// The path of a repository.
pub(crate) const REPO: &str = "/repos/{owner}/{repo}";

impl Client {
    /// Returns the request that changes a repository.
    pub(crate) fn change_repo(&self, owner: &str, name: &str) -> Request {
        self.transport.patch(REPO).segment(owner).segment(name).repeatable()
    }

    /// Returns the request that deletes a repository.
    pub(crate) fn remove_repo(&self, owner: &str, name: &str) -> Request {
        self.transport.delete(REPO).segment(owner).segment(name).repeatable()
    }

    /// Returns the repository of exactly this owner and name; `None` where it was renamed or moved.
    #[boxed]
    pub async fn repo(&self, org: &str, name: &str) -> Result<Option<Repo>, Error> {
        read_named_repo(self.transport.get(REPO).segment(org).segment(name), org, name).await
    }

    /// Returns repositories that the token's user owns or was given a right to, up to this many
    /// pages of 50, and the number of all. Needs the scopes read:user and read:repository.
    #[boxed]
    pub async fn own_repos(&self, pages: usize) -> Result<(Vec<Repo>, usize), Error> {
        let (mut found, mut total) = (Vec::new(), 0);
        for number in 1..=pages {
            let (more, all) =
                pagination::read_page(self.transport.get("/user/repos"), number).await?;
            let is_empty = more.is_empty();
            found.extend::<Vec<Repo>>(more);
            total = all.max(found.len());
            if is_empty || found.len() >= all {
                break;
            }
        }
        Ok((found, total))
    }

    /// Returns a user's own repositories.
    #[boxed]
    pub async fn repos_of_user(&self, user: &str) -> Result<Vec<Repo>, Error> {
        pagination::read_all(|| self.transport.get("/users/{user}/repos").segment(user)).await
    }

    /// Returns an organisation's repositories.
    #[boxed]
    pub async fn repos(&self, org: &str) -> Result<Vec<Repo>, Error> {
        pagination::read_all(|| self.transport.get("/orgs/{org}/repos").segment(org)).await
    }
}

/// Returns the repository that a request reads, if it has exactly this owner and name.
pub(crate) async fn read_named_repo(
    request: Request,
    org: &str,
    name: &str,
) -> Result<Option<Repo>, Error> {
    let found: Option<Repo> = error_answers::not_moved(optional(request.json().await))?;
    Ok(found.filter(|repo| repo.full_name.eq_ignore_ascii_case(&format!("{org}/{name}"))))
}
