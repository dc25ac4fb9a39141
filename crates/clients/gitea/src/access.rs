//! Who and what has access to an organisation's repositories, each list up to its first page.

use covibe_upstream::{Cause, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Client, Error, Repo, User, page};

/// An SSH key that opens one repository.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeployKey {
    /// Its id within the repository.
    pub id: i64,
    /// Whether it can't push.
    #[serde(default)]
    pub read_only: bool,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hook {
    /// Its id.
    pub id: i64,
    /// Where it delivers to.
    #[serde(default)]
    pub config: HookConfig,
}

/// Where a webhook delivers to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct HookConfig {
    /// The URL, which may hold a secret.
    #[serde(default)]
    pub url: String,
}

/// Another server that a repository is pushed to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PushMirror {
    /// Its name within the repository.
    pub remote_name: String,
    /// Its address, which may hold a credential.
    #[serde(default)]
    pub remote_address: String,
}

impl Client {
    /// Returns the members of an organisation, up to 50.
    pub async fn members(&self, org: &str) -> Result<Vec<User>, Error> {
        let request = self.transport.get("/orgs/{org}/members").segment(org);
        Ok(page::first(request).await?.0)
    }

    /// Returns the webhooks of an organisation, up to 50.
    pub async fn org_hooks(&self, org: &str) -> Result<Vec<Hook>, Error> {
        listed(self.transport.get("/orgs/{org}/hooks").segment(org)).await
    }

    /// Returns up to 50 repositories of an organisation, and how many it has.
    pub async fn some_repos(&self, org: &str) -> Result<(Vec<Repo>, usize), Error> {
        page::first(self.transport.get("/orgs/{org}/repos").segment(org)).await
    }

    /// Returns the users that a repository was opened to, up to 50.
    pub async fn collaborators(&self, org: &str, repo: &str) -> Result<Vec<User>, Error> {
        self.of_repo("/repos/{owner}/{repo}/collaborators", org, repo).await
    }

    /// Returns the deploy keys of a repository, up to 50.
    pub async fn deploy_keys(&self, org: &str, repo: &str) -> Result<Vec<DeployKey>, Error> {
        self.of_repo("/repos/{owner}/{repo}/keys", org, repo).await
    }

    /// Returns the webhooks of a repository, up to 50.
    pub async fn hooks(&self, org: &str, repo: &str) -> Result<Vec<Hook>, Error> {
        self.of_repo("/repos/{owner}/{repo}/hooks", org, repo).await
    }

    /// Returns the push mirrors of a repository, up to 50.
    pub async fn push_mirrors(&self, org: &str, repo: &str) -> Result<Vec<PushMirror>, Error> {
        self.of_repo("/repos/{owner}/{repo}/push_mirrors", org, repo).await
    }

    async fn of_repo<T: DeserializeOwned>(
        &self,
        path: &'static str,
        org: &str,
        repo: &str,
    ) -> Result<Vec<T>, Error> {
        listed(self.transport.get(path).segment(org).segment(repo)).await
    }
}

/// Reads a list. There is none where the instance has switched off what it lists, or its owner was
/// renamed or deleted meanwhile.
async fn listed<T: DeserializeOwned>(request: Request) -> Result<Vec<T>, Error> {
    match page::first(request).await {
        Ok((items, _)) => Ok(items),
        Err(error) if is_absent(&error.cause) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_absent(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::NotFound | Cause::Unauthorized | Cause::Refused(_) | Cause::Renamed { .. }
    )
}
