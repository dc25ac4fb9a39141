//! Ignore files: `.gitignore` and `.ignore` of each folder, and git's `info/exclude`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::fs::Dir;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::workspace::files::small_text;

/// The maximum size of an ignore file, in bytes; a larger one is not read.
const MAX_SIZE: u64 = 512 * 1024;

/// The names of ignore files; what a later one says wins.
pub(super) const NAMES: [&str; 2] = [".gitignore", ".ignore"];

/// The one that git has for a whole repository.
const EXCLUDE: &str = ".git/info/exclude";

/// The patterns of a folder, and those of the folders above it.
#[derive(Debug)]
pub(super) struct Rules {
    above: Option<Arc<Rules>>,
    patterns: Gitignore,
}

impl Rules {
    /// Returns the rules of a folder at this path below the root; those from above if it has none of its own.
    pub(super) fn read_from_folder(
        dir: &Dir,
        path: &Path,
        above: Option<&Arc<Self>>,
    ) -> Option<Arc<Self>> {
        // A path of its own, so that the crate compares no relative with an absolute one.
        let mut builder = GitignoreBuilder::new(virtual_path(path));
        let is_root = above.is_none() && path.as_os_str().is_empty();
        let exclude = is_root.then_some(EXCLUDE);
        let mut has_some = false;
        for name in exclude.into_iter().chain(NAMES) {
            let Ok(Some(text)) = small_text(dir, Path::new(name), MAX_SIZE) else { continue };
            has_some = true;
            for line in text.lines() {
                // A line that cannot be read excludes nothing.
                let _ = builder.add_line(None, line);
            }
        }
        match builder.build() {
            Ok(patterns) if has_some => Some(Arc::new(Self { above: above.cloned(), patterns })),
            _ => above.cloned(),
        }
    }

    /// Returns whether an entry at this path below the root is excluded.
    pub(super) fn exclude(&self, path: &Path, is_folder: bool) -> bool {
        let path = virtual_path(path);
        let mut rules = Some(self);
        while let Some(own) = rules {
            match own.patterns.matched(&path, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => rules = own.above.as_deref(),
            }
        }
        false
    }
}

fn virtual_path(path: &Path) -> PathBuf {
    Path::new("/").join(path)
}
