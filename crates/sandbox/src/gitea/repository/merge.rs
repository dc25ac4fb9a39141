//! Merging in a bare repository, without a work tree.

use super::bare_repository::{BareRepository, run};
use super::commit::Identity;
use crate::core::request_types::Reply;
use crate::gitea::errors::{internal, message};

impl BareRepository {
    /// Returns the tree of two merged commits; none when they conflict.
    pub(crate) fn merged_tree(&self, ours: &str, theirs: &str) -> Result<Option<String>, Reply> {
        let mut command = self.command(["merge-tree", "--write-tree", ours, theirs]);
        let output = run(&mut command, b"")?;
        let text = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => Ok(text.lines().next().map(str::to_owned)),
            Some(1) => Ok(None),
            _ => Err(internal(String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// Returns the merge base of two commits.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>, Reply> {
        self.line(["merge-base", one, other])
    }

    /// Commits a tree with those parents, and moves a branch from the first parent to the commit.
    pub(crate) fn advance(
        &self,
        branch: &str,
        tree: &str,
        parents: &[&str],
        text: &str,
        who: &Identity,
    ) -> Result<String, Reply> {
        let begin = ["commit-tree", tree, "-F", "-"];
        let parent_arguments = parents.iter().flat_map(|parent| ["-p", parent]);
        let mut command = self.command(begin.into_iter().chain(parent_arguments));
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), &who.name);
            command.env(format!("GIT_{role}_EMAIL"), &who.email);
        }
        let output = run(&mut command, text.as_bytes())?;
        let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if !output.status.success() {
            return Err(internal(String::from_utf8_lossy(&output.stderr)));
        }
        let from = parents.first().copied().unwrap_or_default();
        let reference = format!("refs/heads/{branch}");
        let mut command = self.command(["update-ref", &reference, &commit, from]);
        if run(&mut command, b"")?.status.success() {
            self.pushes().notice();
            self.notify_listener(branch, Some(from), &commit);
            Ok(commit)
        } else {
            Err(message(409, "merge push out of date"))
        }
    }
}
