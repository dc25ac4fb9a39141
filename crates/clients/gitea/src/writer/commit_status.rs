//! Statuses of commits, which Gitea's pages and clients of git show beside a commit.

use covibe_domain::boxed;
use serde_json::json;

use super::Writer;
use crate::Error;

/// The maximum number of characters of a status's context. Gitea has no limit.
const CONTEXT: usize = 255;

/// The maximum number of characters of a description, as many as fit beside a commit.
const DESCRIPTION: usize = 140;

/// The maximum number of characters of an address.
const ADDRESS: usize = 2_048;

/// The state of a check of a commit, such as a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitState {
    /// It has begun.
    Pending,
    /// It succeeded.
    Success,
    /// It failed.
    Failure,
    /// It could not be carried out.
    Error,
}

impl CommitState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
        }
    }
}

/// A status of a commit. It replaces the one with the same context.
#[derive(Clone, Copy, Debug)]
pub struct NewStatus<'a> {
    /// The state.
    pub state: CommitState,
    /// The name of the check; cut after 255 characters.
    pub context: &'a str,
    /// A sentence for people; cut after 140 characters.
    pub description: &'a str,
    /// An address with more, `http` or `https`; left out above 2,048 characters.
    pub address: Option<&'a str>,
}

impl Writer<'_> {
    /// Gives a commit, named by its whole hash, a status. Needs the right to write to the
    /// repository. It may be repeated: the newest status of a context counts.
    #[boxed]
    pub async fn set_status<'a>(
        &'a self,
        org: &str,
        repo: &str,
        commit: &str,
        status: NewStatus<'a>,
    ) -> Result<(), Error> {
        const PATH: &str = "/repos/{owner}/{repo}/statuses/{sha}";
        let address = status.address.filter(|address| address.len() <= ADDRESS);
        let body = json!({ "state": status.state.as_str(), "context": cut(status.context, CONTEXT),
                           "description": cut(status.description, DESCRIPTION),
                           "target_url": address.unwrap_or_default() });
        let request = self.client.transport.post(PATH).segment(org).segment(repo).segment(commit);
        self.authorize(request).body(body).repeatable().execute().await
    }
}

/// Returns the first `most` characters.
fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_texts_are_cut_between_characters() {
        assert_eq!(cut("\u{e4}\u{f6}\u{fc}", 2), "\u{e4}\u{f6}");
        assert_eq!(cut("ab", 2), "ab");
        assert_eq!(cut("", 2), "");
    }
}
