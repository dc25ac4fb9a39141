//! Finds the repository of a path by reading files, without starting git.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::home::read_bounded;

/// The maximum length of a path, in bytes. A longer path cannot be opened.
const MAX_PATH: usize = 4096;

/// The maximum size of the small files in a git directory, in bytes.
const MAX_LINK: u64 = 4096;

/// A worktree, with its git directory and the one that it shares with the other worktrees of its repository.
///
/// All paths are absolute and without symbolic links.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The folder with the files.
    pub worktree: PathBuf,
    /// The worktree's git directory.
    pub git_dir: PathBuf,
    /// The git directory of the repository.
    pub common_dir: PathBuf,
}

/// Returns the worktree that contains a path at any depth, if there is one. The path need not exist.
pub fn locate(path: &Path) -> Option<Location> {
    let mut folder = nearest(path)?;
    loop {
        if let Some(git_dir) = git_dir(&folder) {
            let common_dir = common_dir(&git_dir);
            return Some(Location { worktree: folder, git_dir, common_dir });
        }
        if !folder.pop() {
            return None;
        }
    }
}

/// Returns the nearest folder that exists.
fn nearest(path: &Path) -> Option<PathBuf> {
    if !path.is_absolute() || path.as_os_str().len() > MAX_PATH {
        return None;
    }
    // Asking whether a path exists is faster than resolving it.
    path.ancestors().filter(|path| path.exists()).find_map(|path| {
        let path = fs::canonicalize(path).ok()?;
        if path.is_dir() { Some(path) } else { path.parent().map(Path::to_path_buf) }
    })
}

fn git_dir(folder: &Path) -> Option<PathBuf> {
    let entry = folder.join(".git");
    let metadata = fs::metadata(&entry).ok()?;
    let folder = if metadata.is_dir() {
        entry
    } else if metadata.is_file() {
        let text = small_text(&entry)?;
        folder.join(text.strip_prefix("gitdir:")?.trim())
    } else {
        return None;
    };
    let folder = fs::canonicalize(folder).ok()?;
    // An empty `.git` folder is not a repository for git, either: it continues upwards.
    fs::symlink_metadata(folder.join("HEAD")).is_ok().then_some(folder)
}

fn common_dir(git_dir: &Path) -> PathBuf {
    let common = small_text(&git_dir.join("commondir"))
        .and_then(|text| fs::canonicalize(git_dir.join(text.trim())).ok());
    common.unwrap_or_else(|| git_dir.to_path_buf())
}

/// Returns the text of a small regular file.
fn small_text(path: &Path) -> Option<String> {
    // Opening a pipe would wait for its other end.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    String::from_utf8(read_bounded(path, MAX_LINK).ok()??).ok()
}

/// The marks of the files of a git directory that change with a commit, a checkout or staged files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint([Option<(i64, i64, u64, u64)>; 3]);

impl Location {
    /// Returns whether `git worktree add` made the worktree.
    pub fn is_linked(&self) -> bool {
        self.git_dir != self.common_dir
    }

    /// Returns the folder that the repository is named after.
    pub fn folder_name(&self) -> String {
        let last = self.common_dir.file_name().unwrap_or_default();
        let folder =
            if last == ".git" { self.common_dir.parent() } else { Some(&*self.common_dir) };
        let name = folder.and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".git").filter(|name| !name.is_empty()).unwrap_or(&name);
        let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        if name.is_empty() { "repository".to_owned() } else { name }
    }

    /// Returns the state of the files that git changes, by three calls of `stat`.
    pub fn fingerprint(&self) -> Fingerprint {
        let state = |name: &str| {
            let metadata = fs::metadata(self.git_dir.join(name)).ok()?;
            Some((metadata.mtime(), metadata.mtime_nsec(), metadata.size(), metadata.ino()))
        };
        Fingerprint(["HEAD", "index", "logs/HEAD"].map(state))
    }

    /// Returns what is in progress, as the files of the git directory say.
    pub fn in_progress(&self) -> Option<&'static str> {
        const FILES: [(&str, &str); 6] = [
            ("rebase-merge", "rebase"),
            ("rebase-apply", "rebase"),
            ("MERGE_HEAD", "merge"),
            ("CHERRY_PICK_HEAD", "cherry-pick"),
            ("REVERT_HEAD", "revert"),
            ("BISECT_LOG", "bisect"),
        ];
        FILES.iter().find(|(file, _)| self.git_dir.join(file).exists()).map(|(_, word)| *word)
    }
}
