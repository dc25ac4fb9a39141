//! A commit, and the commits before it.

use covibe_domain::{Timestamp, boxed};
use covibe_upstream::{Request, optional};
use serde::Deserialize;

use super::Reader;
use crate::Error;

/// A commit of a branch's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastCommit {
    /// Its whole hash.
    pub hash: String,
    /// The hashes of the commits before it.
    pub parents: Vec<String>,
    /// Its message, without the line break at its end.
    pub message: String,
    /// The name of its author, which anybody may make up.
    pub author: String,
    /// When it was made, which anybody may make up too; `None` if it is not a valid time.
    pub made_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Listed {
    sha: String,
    parents: Option<Vec<Parent>>,
    commit: Described,
}

#[derive(Deserialize)]
struct Parent {
    sha: String,
}

#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    message: String,
    author: Option<Person>,
    committer: Option<Person>,
}

#[derive(Deserialize)]
struct Person {
    #[serde(default)]
    name: String,
    /// RFC 3339, for any number that git accepts as a time.
    #[serde(default)]
    date: String,
}

impl Reader<'_> {
    /// Returns the newest `limit` commits, at most 50, from this one on, which is named by its
    /// whole hash. Empty if there is no such commit.
    #[boxed]
    pub async fn history(
        &self,
        org: &str,
        repo: &str,
        commit: &str,
        limit: usize,
    ) -> Result<Vec<PastCommit>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/commits";
        let request =
            without_details(self.get(PATH).segment(org).segment(repo).query("sha", commit));
        let listed: Option<Vec<Listed>> = optional(request.query("limit", limit).json().await)?;
        let listed = listed.unwrap_or_default();
        Ok(listed.into_iter().map(to_past_commit).collect())
    }

    /// Returns the commit with this whole hash; `None` if the repository has none.
    #[boxed]
    pub async fn past_commit(
        &self,
        org: &str,
        repo: &str,
        commit: &str,
    ) -> Result<Option<PastCommit>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/git/commits/{sha}";
        let request = without_details(self.get(PATH).segment(org).segment(repo).segment(commit));
        let found: Option<Listed> = optional(request.json().await)?;
        Ok(found.map(to_past_commit).filter(|found| found.hash == commit))
    }
}

/// Leaves out the parts that cost Gitea most and that nobody reads.
fn without_details(request: Request) -> Request {
    let left_out = ["stat", "verification", "files"].into_iter();
    left_out.fold(request, |request, name| request.query(name, false))
}

fn to_past_commit(Listed { sha, parents, commit }: Listed) -> PastCommit {
    let parents = parents.unwrap_or_default().into_iter().map(|each| each.sha).collect();
    let Described { message, author, committer } = commit;
    PastCommit {
        hash: sha,
        parents,
        message: message.trim_end().to_owned(),
        author: author.map(|author| author.name).unwrap_or_default(),
        made_at: committer.and_then(|committer| Timestamp::parse(&committer.date)),
    }
}
