//! Merging in a bare repository: a tree without a work tree, a commit, and the branch moved.

use super::super::errors::message;
use super::bare::ended;
use super::errors::broken;
use super::{Bare, Who};
use crate::wire::Reply;

impl Bare {
    /// The tree of two commits merged; none when they conflict.
    pub(super) fn merged_tree(&self, ours: &str, theirs: &str) -> Result<Option<String>, Reply> {
        let mut command = self.command(["merge-tree", "--write-tree", ours, theirs]);
        let output = ended(&mut command, b"")?;
        let text = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => Ok(text.lines().next().map(str::to_owned)),
            Some(1) => Ok(None),
            _ => Err(broken(String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// Where two commits parted.
    pub(super) fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, Reply> {
        self.line(["merge-base", one, other])
    }

    /// Commits a tree upon parents, and moves a branch from the first of them to it.
    pub(super) fn advance(
        &self,
        branch: &str,
        tree: &str,
        parents: &[&str],
        text: &str,
        who: &Who,
    ) -> Result<String, Reply> {
        let begin = ["commit-tree", tree, "-F", "-"];
        let parents_told = parents.iter().flat_map(|parent| ["-p", parent]);
        let mut command = self.command(begin.into_iter().chain(parents_told));
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), &who.name);
            command.env(format!("GIT_{role}_EMAIL"), &who.email);
        }
        let output = ended(&mut command, text.as_bytes())?;
        let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            return Err(broken(String::from_utf8_lossy(&output.stderr)));
        }
        let from = parents.first().copied().unwrap_or_default();
        let reference = format!("refs/heads/{branch}");
        let mut command = self.command(["update-ref", &reference, &commit, from]);
        if ended(&mut command, b"")?.status.success() {
            Ok(commit)
        } else {
            Err(message(409, "merge push out of date"))
        }
    }
}
