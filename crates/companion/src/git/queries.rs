//! The questions to git.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use covibe_domain::{Timestamp, boxed};

use super::config::RepositoryConfig;
use super::hardened_git::{Git, GitError};
use super::remote::normalize_remote;
use super::repository_lookup::Location;
use super::status::Status;

/// The maximum number of root commits that are distinguished.
const MAX_ROOTS: usize = 16;

impl Git {
    /// Returns the worktree, its git directory and the common one, as git sees them, in one call.
    ///
    /// # Errors
    ///
    /// [`GitError::Refused`] for a folder that is not in a repository, and for a repository of another user.
    #[boxed]
    pub async fn layout(&self, worktree: &Path) -> Result<Location, GitError> {
        let ask = ["rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"];
        let output = self.run(worktree, &[], &ask).await?;
        let mut lines = output.bytes.split(|byte| *byte == b'\n');
        let mut next = || {
            let line = lines.next().filter(|line| !line.is_empty()).ok_or(GitError::Unusable)?;
            let path = worktree.join(PathBuf::from(OsStr::from_bytes(line)));
            std::fs::canonicalize(path).map_err(|_| GitError::Unusable)
        };
        Ok(Location { worktree: next()?, git_dir: next()?, common_dir: next()? })
    }

    /// Returns the state of a worktree.
    ///
    /// # Errors
    ///
    /// Any [`GitError`].
    #[boxed]
    pub async fn status(&self, place: &Location) -> Result<Status, GitError> {
        let settings = self.without_filters(&place.worktree).await?;
        let ask = [
            "status",
            "--porcelain=v2",
            "--branch",
            "--show-stash",
            "-z",
            "--untracked-files=normal",
            "--ignore-submodules=all",
            "--no-renames",
        ];
        let output = self.run(&place.worktree, &settings, &ask).await?;
        Ok(Status::parse(&output.bytes, output.is_truncated))
    }

    /// Returns when a commit was made.
    #[boxed]
    pub async fn committed_at(&self, place: &Location, commit: &str) -> Option<Timestamp> {
        if !is_object_id(commit) {
            return None;
        }
        let output = self.run(&place.worktree, &[], &["cat-file", "commit", commit]).await.ok()?;
        let header = output.bytes.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
        let line = header.into_iter().find_map(|line| line.strip_prefix(b"committer "))?;
        let line = String::from_utf8_lossy(line);
        let seconds: i64 = line.rsplit(' ').nth(1)?.parse().ok()?;
        seconds.checked_mul(1000).map(Timestamp::from_millis)
    }

    /// Returns the first commits of the repository, by which it is known again at another place; none before the first.
    ///
    /// # Errors
    ///
    /// Any [`GitError`].
    #[boxed]
    pub async fn roots(&self, place: &Location) -> Result<Vec<String>, GitError> {
        let head = ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"];
        match self.run(&place.worktree, &[], &head).await {
            Ok(_) => {}
            Err(GitError::Refused(1)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        let ask = ["rev-list", "--max-parents=0", "HEAD"];
        let output = self.run(&place.worktree, &[], &ask).await?;
        let text = String::from_utf8_lossy(&output.bytes).into_owned();
        let mut roots: Vec<String> =
            text.lines().filter(|line| is_object_id(line)).map(str::to_owned).collect();
        roots.sort_unstable();
        roots.truncate(MAX_ROOTS);
        Ok(roots)
    }

    /// Returns the normalized address of the remote that the repository is known by, with `insteadOf` resolved.
    #[boxed]
    pub async fn remote(&self, place: &Location) -> Option<String> {
        let config = RepositoryConfig::read(&place.common_dir)?;
        let name = config.main_remote();
        if name.starts_with('-') {
            return None;
        }
        let output =
            self.run(&place.worktree, &[], &["remote", "get-url", "--", name]).await.ok()?;
        let text = String::from_utf8(output.bytes).ok()?;
        normalize_remote(text.lines().next()?)
    }
}

fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}
