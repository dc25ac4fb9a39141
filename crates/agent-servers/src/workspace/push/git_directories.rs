//! The place of the repository's directory.

use std::path::{Path, PathBuf};

use covibe_domain::Failure;

use crate::workspace::files::{Root, small_text};

/// The maximum size of the small files of git's directory, in bytes.
const MAX_SIZE: u64 = 4096;

/// The names that must be no links in git's directory.
const NO_LINKS: [&str; 12] = [
    "HEAD",
    "config",
    "config.worktree",
    "index",
    "info",
    "logs",
    "objects",
    "objects/info",
    "objects/pack",
    "packed-refs",
    "refs",
    "refs/heads",
];

/// The names of files that lead out of git's directory.
const LEADS_OUT: [&str; 3] =
    ["commondir", "objects/info/alternates", "objects/info/http-alternates"];

/// The names that git leaves there while something is in progress.
const IN_PROGRESS: [&str; 6] =
    ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "rebase-merge", "rebase-apply"];

/// A repository's directory, and the one that it shares with other worktrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GitDirectories {
    pub(super) git_dir: PathBuf,
    pub(super) common_dir: PathBuf,
}

impl GitDirectories {
    /// Returns the directories that the root's `.git` file names, as of a linked worktree; `None` if it is not a file.
    ///
    /// It is read at the start alone: later, a command can have written that file.
    pub(super) fn read_linked_worktree(root: &Root) -> Option<Self> {
        let text = small_text(root.handle(), Path::new(".git"), MAX_SIZE).ok()??;
        let named = root.path().join(text.strip_prefix("gitdir:")?.trim());
        let git_dir = named.canonicalize().ok()?;
        let common = std::fs::read_to_string(git_dir.join("commondir")).ok();
        let common = common.map_or_else(|| git_dir.clone(), |text| git_dir.join(text.trim()));
        Some(Self { git_dir, common_dir: common.canonicalize().ok()? })
    }

    /// Returns the root's own `.git`, after a look at what could lead out of it.
    pub(super) fn open_own(root: &Root) -> Result<Self, Failure> {
        let git = Path::new(".git");
        let kind = root.handle().symlink_metadata(git).map(|it| it.is_dir());
        if !kind.unwrap_or(false) {
            return Err(Failure::conflict(
                "The workspace's root does not have its own git repository.",
            )
                .hint("Nothing was changed. Run `git init` or `git clone` through execute_command, or ask a person."));
        }
        let is_link = |name: &&&str| {
            root.handle().symlink_metadata(git.join(name)).is_ok_and(|it| it.is_symlink())
        };
        let is_there = |name: &&&str| root.handle().symlink_metadata(git.join(name)).is_ok();
        let found = NO_LINKS.iter().find(is_link).or_else(|| LEADS_OUT.iter().find(is_there));
        if let Some(name) = found {
            return Err(Failure::forbidden(format!(
                "`.git/{name}` points outside the repository."
            ))
            .hint("Nothing was changed. Remove it, or clone the repository again."));
        }
        let git_dir = root.path().join(git);
        Ok(Self { common_dir: git_dir.clone(), git_dir })
    }

    /// Refuses a repository in which a merge or the like is in progress: its commit would be another one.
    pub(super) fn refuse_unfinished(&self) -> Result<(), Failure> {
        match IN_PROGRESS.iter().find(|name| self.git_dir.join(name).exists()) {
            None => Ok(()),
            Some(name) => Err(Failure::conflict(format!("Git is in the middle of an operation: `.git/{name}` exists."))
                .hint("Nothing was changed. Finish or abort it through execute_command, such as `git merge --abort`.")),
        }
    }
}
