//! The runners of Gitea Actions: of the instance, of an organisation and of a repository. A runner gets
//! jobs, and with each job a token that opens the job's repository.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Request};
use serde::Deserialize;

use crate::repository_access::{FirstPage, UnlistedReason, into_unlisted};
use crate::{Client, Error};

/// A runner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Runner {
    /// Its id.
    pub id: i64,
    /// The name that it gave itself.
    #[serde(default)]
    pub name: String,
}

/// A list of runners: an object in Gitea (read in its source). An array is accepted too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    Counted { runners: Vec<Runner>, total_count: usize },
    Bare(Vec<Runner>),
}

impl Client {
    /// Returns the runners of an organisation, without those of its repositories.
    #[boxed]
    pub async fn org_runners(&self, org: &str) -> Result<FirstPage<Runner>, Error> {
        list_runners(self.transport.get("/orgs/{org}/actions/runners").segment(org)).await
    }

    /// Returns the runners of the instance, which get jobs of all repositories; for administrators
    /// (Gitea 1.25).
    #[boxed]
    pub async fn instance_runners(&self) -> Result<FirstPage<Runner>, Error> {
        list_runners(self.transport.get("/admin/actions/runners")).await
    }

    /// Returns the runners of a repository, without those of its organisation.
    #[boxed]
    pub async fn runners(&self, org: &str, repo: &str) -> Result<FirstPage<Runner>, Error> {
        let request = self.transport.get("/repos/{owner}/{repo}/actions/runners");
        let page = list_runners(request.segment(org).segment(repo)).await?;
        self.empty_if_gone(page, org, repo).await
    }
}

/// Reads a page of the default size; a release without the list is not a failure.
async fn list_runners(request: Request) -> Result<FirstPage<Runner>, Error> {
    match request.may_be_unsupported().json().await {
        Ok(Listed::Counted { runners, total_count }) => {
            let more = total_count.saturating_sub(runners.len());
            Ok(FirstPage { items: runners, more, unlisted: None })
        }
        Ok(Listed::Bare(runners)) => Ok(FirstPage { items: runners, more: 0, unlisted: None }),
        Err(Error { cause: Cause::Unsupported, .. }) => {
            Ok(FirstPage::empty(Some(UnlistedReason::Unsupported)))
        }
        Err(error) => into_unlisted(Err(error)),
    }
}
