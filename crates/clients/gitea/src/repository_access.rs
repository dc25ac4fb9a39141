//! The access to an organisation's repositories: the first page of each list.

use covibe_domain::{Secret, Timestamp, boxed};
use covibe_upstream::{Cause, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Client, Error, Hook, Repo, User, pagination};

/// An SSH key that opens one repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeployKey {
    /// Its id within the repository.
    pub id: i64,
    /// Its title, which no other one of the repository has.
    #[serde(default)]
    pub title: String,
    /// The key in OpenSSH form.
    #[serde(default)]
    pub key: String,
    /// True if it can't push.
    #[serde(default)]
    pub read_only: bool,
    /// When it was added.
    pub created_at: Option<Timestamp>,
}

impl DeployKey {
    /// Returns whether it is this key; either side may have lost the comment.
    pub fn has_public_key(&self, public_key: &str) -> bool {
        let content = |text: &str| text.split_whitespace().take(2).map(str::to_owned).collect();
        let (own, other): (Vec<_>, Vec<_>) = (content(&self.key), content(public_key));
        own.len() == 2 && own == other
    }
}

/// Another server that a repository is pushed to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PushMirror {
    /// Its name within the repository.
    pub remote_name: String,
    /// Its address, which may hold a credential.
    pub remote_address: Option<Secret>,
}

/// The first page of a list, up to 50 items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstPage<T> {
    /// Its items.
    pub items: Vec<T>,
    /// The number of items on further pages.
    pub more: usize,
    /// The reason why Gitea does not show the list; `None` if it does. A list that is not shown may
    /// have items.
    pub unlisted: Option<UnlistedReason>,
}

/// The reason why a list is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnlistedReason {
    /// Gitea refuses to show it.
    Refused,
    /// The organisation has another name now.
    Renamed,
    /// The organisation was not found.
    NotFound,
    /// This release has no such list.
    Unsupported,
}

impl Client {
    /// Returns the members of an organisation.
    #[boxed]
    pub async fn members(&self, org: &str) -> Result<FirstPage<User>, Error> {
        read_or_unlisted(self.transport.get("/orgs/{org}/members").segment(org)).await
    }

    /// Returns the webhooks of an organisation.
    #[boxed]
    pub async fn org_hooks(&self, org: &str) -> Result<FirstPage<Hook>, Error> {
        read_or_unlisted(self.transport.get("/orgs/{org}/hooks").segment(org)).await
    }

    /// Returns repositories of an organisation.
    #[boxed]
    pub async fn some_repos(&self, org: &str) -> Result<FirstPage<Repo>, Error> {
        read_or_unlisted(self.transport.get("/orgs/{org}/repos").segment(org)).await
    }

    /// Returns repositories of a user itself.
    #[boxed]
    pub async fn some_repos_of_user(&self, user: &str) -> Result<FirstPage<Repo>, Error> {
        read_or_unlisted(self.transport.get("/users/{user}/repos").segment(user)).await
    }

    /// Returns the users that a repository was opened to.
    #[boxed]
    pub async fn collaborators(&self, org: &str, repo: &str) -> Result<FirstPage<User>, Error> {
        self.of_repo("/repos/{owner}/{repo}/collaborators", org, repo).await
    }

    /// Returns the deploy keys of a repository.
    #[boxed]
    pub async fn deploy_keys(&self, org: &str, repo: &str) -> Result<FirstPage<DeployKey>, Error> {
        self.of_repo("/repos/{owner}/{repo}/keys", org, repo).await
    }

    /// Returns the webhooks of a repository.
    #[boxed]
    pub async fn hooks(&self, org: &str, repo: &str) -> Result<FirstPage<Hook>, Error> {
        self.of_repo("/repos/{owner}/{repo}/hooks", org, repo).await
    }

    /// Returns the push mirrors of a repository; empty where mirrors are switched off, which is a
    /// 400.
    #[boxed]
    pub async fn push_mirrors(
        &self,
        org: &str,
        repo: &str,
    ) -> Result<FirstPage<PushMirror>, Error> {
        let request = self.transport.get("/repos/{owner}/{repo}/push_mirrors");
        match read_first(request.segment(org).segment(repo)).await {
            Err(Error { cause: Cause::Refused(_), .. }) => Ok(FirstPage::empty(None)),
            other => self.empty_if_gone(into_unlisted(other)?, org, repo).await,
        }
    }

    async fn of_repo<T: DeserializeOwned>(
        &self,
        path: &'static str,
        org: &str,
        repo: &str,
    ) -> Result<FirstPage<T>, Error> {
        let page = read_or_unlisted(self.transport.get(path).segment(org).segment(repo)).await?;
        self.empty_if_gone(page, org, repo).await
    }

    /// Returns a list of a repository as refused if Gitea does not find it although the repository
    /// exists. If the repository was deleted meanwhile, the list is empty.
    pub(crate) async fn empty_if_gone<T>(
        &self,
        page: FirstPage<T>,
        org: &str,
        repo: &str,
    ) -> Result<FirstPage<T>, Error> {
        let unlisted = match page.unlisted {
            Some(UnlistedReason::NotFound) => {
                self.repo(org, repo).await?.is_some().then_some(UnlistedReason::Refused)
            }
            Some(UnlistedReason::Renamed) => Some(UnlistedReason::Refused),
            other => other,
        };
        Ok(FirstPage { unlisted, ..page })
    }
}

impl<T> FirstPage<T> {
    pub(crate) const fn empty(unlisted: Option<UnlistedReason>) -> Self {
        Self { items: Vec::new(), more: 0, unlisted }
    }
}

async fn read_or_unlisted<T: DeserializeOwned>(request: Request) -> Result<FirstPage<T>, Error> {
    into_unlisted(read_first(request).await)
}

async fn read_first<T: DeserializeOwned>(request: Request) -> Result<FirstPage<T>, Error> {
    let (items, total): (Vec<T>, usize) = pagination::read_first_page(request).await?;
    let more = total.saturating_sub(items.len());
    Ok(FirstPage { items, more, unlisted: None })
}

/// Returns an empty list with the reason why Gitea does not show it.
pub(crate) fn into_unlisted<T>(result: Result<FirstPage<T>, Error>) -> Result<FirstPage<T>, Error> {
    let why = match &result {
        Err(Error { cause: Cause::NotFound, .. }) => UnlistedReason::NotFound,
        Err(Error { cause: Cause::Renamed { .. }, .. }) => UnlistedReason::Renamed,
        Err(Error { cause: Cause::Unauthorized | Cause::Refused(_), .. }) => {
            UnlistedReason::Refused
        }
        _ => return result,
    };
    Ok(FirstPage::empty(Some(why)))
}
