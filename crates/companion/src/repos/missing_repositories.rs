//! Repositories that are no longer where they were.

use std::path::{Path, PathBuf};
use std::time::Duration;

use covibe_domain::Timestamp;

use super::{Registry, RepositoryEntry};

/// The number of times after which a missing repository is gone.
const MISSES: u32 = 3;

/// The time after which a missing repository is gone: a disk may be unplugged for a night.
const GONE_AFTER: Duration = Duration::from_hours(24);

impl Registry {
    /// Notes that a repository is missing, and removes it when it was missing often and long enough.
    pub fn note_missing(&mut self, common_dir: &Path) {
        let Some(entry) = self.repositories.get_mut(common_dir) else { return };
        entry.misses = entry.misses.saturating_add(1);
        let since = *entry.missing_since.get_or_insert_with(Timestamp::now);
        if since > Timestamp::now() {
            entry.missing_since = Some(Timestamp::now());
        } else if entry.misses >= MISSES && since.age() >= GONE_AFTER {
            self.repositories.remove(common_dir);
        }
    }

    /// Removes the worktrees of a repository that no longer exist, unless the whole repository is missing.
    pub fn drop_worktrees(&mut self, common_dir: &Path) {
        if let Some(entry) = self.repositories.get_mut(common_dir) {
            entry.worktrees.retain(|path, worktree| path.is_dir() && worktree.git_dir.is_dir());
        }
    }

    /// Continues a repository that was moved: one with the same first commits whose place no longer exists.
    ///
    /// Returns the place where it was.
    pub fn adopt_moved(&mut self, common_dir: &Path) -> Option<PathBuf> {
        let roots = self.get(common_dir)?.roots.clone();
        let is_same = |entry: &RepositoryEntry| entry.roots.iter().any(|root| roots.contains(root));
        let mut others = self.repositories.iter();
        let moved = others
            .find(|(path, entry)| path.as_path() != common_dir && is_same(entry) && !path.exists());
        let path = moved.map(|(path, _)| path.clone())?;
        let old = self.repositories.remove(&path)?;
        let entry = self.repositories.get_mut(common_dir)?;
        entry.key_path = Some(old.key_path.unwrap_or_else(|| path.clone()));
        entry.server = entry.server.take().or(old.server);
        for sent in old.sent {
            entry.note_sent(&sent.server, &sent.key);
        }
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Location;

    fn place(path: &str) -> Location {
        let git = PathBuf::from(path).join(".git");
        Location { worktree: path.into(), git_dir: git.clone(), common_dir: git }
    }

    #[test]
    fn a_repository_missing_repeatedly_for_a_day_is_forgotten() {
        let mut registry = Registry::default();
        let at = place("/nowhere/a");
        registry.note(&at, Timestamp::now());
        for _ in 0..5 {
            registry.note_missing(&at.common_dir);
        }
        let entry = registry.repositories.get_mut(&at.common_dir).unwrap();
        entry.missing_since = Some(Timestamp::now().before(GONE_AFTER));
        registry.note_missing(&at.common_dir);
        assert_eq!(registry.get(&at.common_dir), None);
    }

    #[test]
    fn a_moved_repository_keeps_its_key_and_server() {
        let mut registry = Registry::default();
        let (old, new) = (place("/nowhere/a"), place("/nowhere/b"));
        registry.note(&old, Timestamp::now()).roots = vec!["1".repeat(40)];
        registry.note(&new, Timestamp::now()).roots = vec!["2".repeat(40)];
        assert_eq!(registry.adopt_moved(&new.common_dir), None);
        registry.note(&new, Timestamp::now()).roots = vec!["1".repeat(40)];
        assert_eq!(registry.adopt_moved(&new.common_dir), Some(old.common_dir.clone()));
        assert_eq!(registry.get(&old.common_dir), None);
        assert_eq!(registry.get(&new.common_dir).unwrap().key_path, Some(old.common_dir));
    }
}
