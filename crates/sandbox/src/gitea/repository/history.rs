//! Reading commits.

use super::bare_repository::BareRepository;
use crate::core::request_types::Reply;

/// A commit.
#[derive(Clone, Debug)]
pub(crate) struct CommitInfo {
    pub(crate) hash: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    /// The author's name, address and time.
    pub(crate) author: [String; 3],
    /// The committer's name, address and time.
    pub(crate) committer: [String; 3],
    pub(crate) message: String,
}

/// The format of `git log`: fields end with a byte that no text of a commit holds, commits with NUL.
const FORMAT: &str = "--format=%H%x01%T%x01%P%x01%an%x01%ae%x01%aI%x01%cn%x01%ce%x01%cI%x01%B";

fn parse(text: &str) -> Option<CommitInfo> {
    let mut fields = text.trim_start_matches('\n').splitn(10, '\u{1}').map(str::to_owned);
    let mut next = || fields.next();
    let (hash, tree, parents) = (next()?, next()?, next()?);
    let author = [next()?, next()?, next()?];
    let committer = [next()?, next()?, next()?];
    let parents = parents.split_whitespace().map(str::to_owned).collect();
    let message = next()?.trim_end_matches('\n').to_owned();
    Some(CommitInfo { hash, tree, parents, author, committer, message: format!("{message}\n") })
}

/// Parses the output of `git log`.
fn parse_all(output: &[u8]) -> Vec<CommitInfo> {
    String::from_utf8_lossy(output).split('\0').filter_map(parse).collect()
}

impl BareRepository {
    /// Returns a commit.
    pub(crate) fn commit_info(&self, commit: &str) -> Result<Option<CommitInfo>, Reply> {
        let output = self.read_object(commit, &["log", "-z", FORMAT, "-1", commit])?;
        Ok(parse_all(&output).pop())
    }

    /// Returns commits from one backwards, with a path only those that changed it.
    pub(crate) fn history(
        &self,
        from: &str,
        path: Option<&str>,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<CommitInfo>, Reply> {
        let (skip, limit) = (format!("--skip={skip}"), format!("--max-count={limit}"));
        let arguments = ["log", "-z", FORMAT, skip.as_str(), &limit, from, "--"];
        Ok(parse_all(&self.read(arguments.into_iter().chain(path))?))
    }

    /// Counts the commits from one backwards, with a path only those that changed it.
    pub(crate) fn count(&self, from: &str, path: Option<&str>) -> Result<usize, Reply> {
        let begin = ["rev-list", "--count", from, "--"];
        let counted = self.line(begin.into_iter().chain(path))?;
        Ok(counted.and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}
