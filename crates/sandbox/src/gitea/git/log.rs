//! Reading commits.

use super::Bare;
use crate::wire::Reply;

/// A commit as git tells it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) hash: String,
    pub(super) tree: String,
    pub(super) parents: Vec<String>,
    /// Name, address and time, of the author and of the committer.
    pub(super) author: [String; 3],
    pub(super) committer: [String; 3],
    pub(super) message: String,
}

/// Fields end with a byte that no text of a commit holds, commits with a NUL.
const FORMAT: &str = "--format=%H%x01%T%x01%P%x01%an%x01%ae%x01%aI%x01%cn%x01%ce%x01%cI%x01%B";

fn parsed(text: &str) -> Option<Told> {
    let mut fields = text.trim_start_matches('\n').splitn(10, '\u{1}').map(str::to_owned);
    let mut next = || fields.next();
    let (hash, tree, parents) = (next()?, next()?, next()?);
    let author = [next()?, next()?, next()?];
    let committer = [next()?, next()?, next()?];
    let parents = parents.split_whitespace().map(str::to_owned).collect();
    let message = next()?.trim_end_matches('\n').to_owned();
    Some(Told { hash, tree, parents, author, committer, message: format!("{message}\n") })
}

impl Bare {
    fn log(&self, arguments: &[&str]) -> Result<Vec<Told>, Reply> {
        let begin = ["log", "-z", FORMAT];
        let output = self.read(begin.into_iter().chain(arguments.iter().copied()))?;
        let text = String::from_utf8_lossy(&output);
        Ok(text.split('\0').filter_map(parsed).collect())
    }

    /// One commit.
    pub(super) fn told(&self, commit: &str) -> Result<Option<Told>, Reply> {
        Ok(self.log(&["-1", commit])?.pop())
    }

    /// The commits from one backwards, those of a path only where one is given.
    pub(super) fn history(
        &self,
        from: &str,
        path: Option<&str>,
        skip: usize,
        most: usize,
    ) -> Result<Vec<Told>, Reply> {
        let (skip, most) = (format!("--skip={skip}"), format!("--max-count={most}"));
        let mut arguments = vec![skip.as_str(), &most, from, "--"];
        arguments.extend(path);
        self.log(&arguments)
    }

    /// How many commits there are from one backwards.
    pub(super) fn count(&self, from: &str, path: Option<&str>) -> Result<usize, Reply> {
        let begin = ["rev-list", "--count", from, "--"];
        let counted = self.line(begin.into_iter().chain(path))?;
        Ok(counted.and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}
