//! Opening and closing issues.

use covibe_domain::boxed;
use covibe_upstream::{Error, Request};
use serde_json::json;

use super::{ISSUE, Issue};
use crate::Client;

/// The status for an issue that can't be closed because it depends on open ones.
const BLOCKED: u16 = 412;

/// The status of a change in an archived repository.
const READ_ONLY: u16 = 423;

/// An issue that is to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewIssue<'a> {
    /// Its title; Gitea cuts it after 255 characters.
    pub title: &'a str,
    /// Its text.
    pub body: &'a str,
    /// The ids of its labels. Gitea ignores them where the user may not write to the repository.
    pub labels: &'a [i64],
}

/// The outcome of a change of an issue.
#[derive(Clone, Debug)]
pub enum IssueChangeOutcome {
    /// The issue as it is now.
    Issue(Box<Issue>),
    /// It depends on issues that are open, or its state can't be changed: nothing was changed.
    Blocked,
    /// The repository is archived: nothing was changed.
    ReadOnly,
}

impl Client {
    /// Opens an issue. A second call opens a second one.
    #[boxed]
    pub async fn create_issue<'a>(
        &'a self,
        owner: &str,
        repo: &str,
        new: NewIssue<'a>,
    ) -> Result<IssueChangeOutcome, Error> {
        let request = self.transport.post("/repos/{owner}/{repo}/issues");
        let body = json!({ "title": new.title, "body": new.body, "labels": new.labels });
        read_change(request.segment(owner).segment(repo).body(body)).await
    }

    /// Closes an issue or pull request.
    #[boxed]
    pub async fn close_issue(
        &self,
        owner: &str,
        repo: &str,
        number: i64,
    ) -> Result<IssueChangeOutcome, Error> {
        let request = self.transport.patch(ISSUE).segment(owner).segment(repo);
        let request = request.segment(number.to_string()).body(json!({ "state": "closed" }));
        read_change(request.repeatable()).await
    }
}

async fn read_change(request: Request) -> Result<IssueChangeOutcome, Error> {
    let answer = request.accept_statuses(&[BLOCKED, READ_ONLY]).send().await?;
    match answer.status() {
        BLOCKED => Ok(IssueChangeOutcome::Blocked),
        READ_ONLY => Ok(IssueChangeOutcome::ReadOnly),
        _ => answer.json().map(|issue| IssueChangeOutcome::Issue(Box::new(issue))),
    }
}
