//! Issues of repositories and their labels, as far as the token's user may see and change them.
//! Needs the scope read:issue or write:issue.

mod change;

use covibe_domain::{Timestamp, boxed};
use covibe_upstream::{Cause, Request, optional};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{Client, Error, pagination};

pub use change::{IssueChangeOutcome, NewIssue};

/// The numbers of issues to ask for, tried one after the other while an answer is too large: their
/// texts have no limit.
const LIMITS: [usize; 3] = [50, 10, 1];

/// An issue or a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct Issue {
    /// Its number within the repository.
    pub number: i64,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Its text.
    #[serde(default)]
    pub body: Option<String>,
    /// `open` or `closed`.
    #[serde(default)]
    pub state: String,
    /// Its labels.
    #[serde(default)]
    pub labels: Option<Vec<Label>>,
    /// Its author; `None` where the user was deleted.
    #[serde(default)]
    pub user: Option<Author>,
    /// The number of its comments.
    #[serde(default)]
    pub comments: u64,
    /// When it was opened.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// When it was closed.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// The address of its page, by the instance's own settings.
    #[serde(default)]
    pub html_url: String,
    /// The repository that it is in.
    #[serde(default)]
    pub repository: Option<IssueRepository>,
    #[serde(default)]
    pull_request: Option<IgnoredAny>,
}

/// A label.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// Its id.
    pub id: i64,
    /// Its name, which need not be unique.
    #[serde(default)]
    pub name: String,
}

/// The author of an issue.
#[derive(Clone, Debug, Deserialize)]
pub struct Author {
    /// The user's name.
    #[serde(default)]
    pub login: String,
}

/// The repository that an issue is in.
#[derive(Clone, Debug, Deserialize)]
pub struct IssueRepository {
    /// Its id.
    pub id: i64,
    /// `owner/name`.
    #[serde(default)]
    pub full_name: String,
}

/// The states of issues to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueStates {
    /// Open ones.
    Open,
    /// Closed ones.
    Closed,
    /// All.
    All,
}

/// The newest issues of a list.
#[derive(Clone, Debug)]
pub struct Issues {
    /// The issues, newest first, at most 50.
    pub newest: Vec<Issue>,
    /// The number of all issues in the list.
    pub total: usize,
}

impl Issue {
    /// Returns whether it is a pull request.
    pub const fn is_pull_request(&self) -> bool {
        self.pull_request.is_some()
    }
}

impl IssueStates {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }
}

/// The path of an issue.
const ISSUE: &str = "/repos/{owner}/{repo}/issues/{index}";

impl Client {
    /// Returns the newest issues of a repository, without pull requests; `None` where it has no issues for this user.
    #[boxed]
    pub async fn issues(
        &self,
        owner: &str,
        repo: &str,
        states: IssueStates,
    ) -> Result<Option<Issues>, Error> {
        let request = || {
            let request = self.transport.get("/repos/{owner}/{repo}/issues");
            request.segment(owner).segment(repo).query("state", states.as_str())
        };
        optional(newest(request).await)
    }

    /// Returns the newest issues of the repositories of an owner that this user may see, without pull requests;
    /// `None` where the owner is not known.
    #[boxed]
    pub async fn issues_of_owner(
        &self,
        owner: &str,
        states: IssueStates,
    ) -> Result<Option<Issues>, Error> {
        let request = || {
            let request = self.transport.get("/repos/issues/search");
            request.query("owner", owner).query("state", states.as_str())
        };
        match optional(newest(request).await) {
            // An owner that is not visible (400).
            Err(Error { cause: Cause::Refused(_), .. }) => Ok(None),
            other => other,
        }
    }

    /// Returns an issue or pull request by its number.
    #[boxed]
    pub async fn issue(
        &self,
        owner: &str,
        repo: &str,
        number: i64,
    ) -> Result<Option<Issue>, Error> {
        let request = self.transport.get(ISSUE).segment(owner).segment(repo);
        optional(request.segment(number.to_string()).json().await)
    }

    /// Returns the labels that issues of a repository can have: its own, then those of the
    /// organisation that owns it, as far as the token may read them (read:organization).
    #[boxed]
    pub async fn labels(&self, owner: &str, repo: &str) -> Result<Vec<Label>, Error> {
        let own = || {
            let request = self.transport.get("/repos/{owner}/{repo}/labels");
            request.segment(owner).segment(repo)
        };
        let mut labels: Vec<Label> = pagination::read_all(own).await?;
        let of_org = || self.transport.get("/orgs/{org}/labels").segment(owner);
        match optional(pagination::read_all::<Label>(of_org).await) {
            Ok(more) => labels.extend(more.unwrap_or_default()),
            Err(Error { cause: Cause::Unauthorized | Cause::Renamed { .. }, .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(labels)
    }
}

async fn newest(request: impl Fn() -> Request) -> Result<Issues, Error> {
    let mut limits = LIMITS.into_iter().peekable();
    while let Some(limit) = limits.next() {
        let page = request().query("type", "issues").query("page", 1).query("limit", limit);
        match page.send().await {
            Err(Error { cause: Cause::TooLarge, .. }) if limits.peek().is_some() => {}
            Err(error) => return Err(error),
            Ok(answer) => {
                let total = answer.number("x-total-count").and_then(|it| usize::try_from(it).ok());
                let newest: Vec<Issue> = answer.json()?;
                return Ok(Issues { total: total.unwrap_or(0).max(newest.len()), newest });
            }
        }
    }
    Ok(Issues { newest: Vec::new(), total: 0 })
}
