//! The commits before a commit.

use covibe_upstream::optional;
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
}

impl Reader<'_> {
    /// Returns the newest `limit` commits, at most 50, from this one on, which is named by its whole
    /// hash. Empty if there is no such commit.
    pub async fn history(
        &self,
        org: &str,
        repo: &str,
        commit: &str,
        limit: usize,
    ) -> Result<Vec<PastCommit>, Error> {
        const PATH: &str = "/repos/{owner}/{repo}/commits";
        let request = self.get(PATH).segment(org).segment(repo).query("sha", commit);
        // What it costs Gitea most, and nobody reads.
        let request = ["stat", "verification", "files"]
            .into_iter()
            .fold(request, |request, name| request.query(name, false));
        let listed: Option<Vec<Listed>> = optional(request.query("limit", limit).json().await)?;
        let listed = listed.unwrap_or_default();
        Ok(listed.into_iter().map(past).collect())
    }
}

fn past(Listed { sha, parents, commit }: Listed) -> PastCommit {
    let parents = parents.unwrap_or_default().into_iter().map(|each| each.sha).collect();
    PastCommit { hash: sha, parents, message: commit.message.trim_end().to_owned() }
}
