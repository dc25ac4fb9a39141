//! Reading trees and files.

use super::Bare;
use super::errors::broken;
use crate::wire::Reply;

/// What a tree holds at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) mode: String,
    /// `blob`, `tree` or `commit`.
    pub(super) kind: String,
    pub(super) hash: String,
    /// In bytes; 0 for anything but a file.
    pub(super) size: i64,
    /// From the root of the tree.
    pub(super) path: String,
}

impl Entry {
    /// The last part of the path.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// What Gitea calls it.
    pub(super) fn type_text(&self) -> &'static str {
        match (self.kind.as_str(), self.mode.as_str()) {
            ("tree", _) => "dir",
            ("commit", _) => "submodule",
            (_, "120000") => "symlink",
            _ => "file",
        }
    }

    fn parsed(line: &str) -> Option<Self> {
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split_ascii_whitespace().map(str::to_owned);
        let (mode, kind, hash) = (words.next()?, words.next()?, words.next()?);
        let size = words.next()?.parse().unwrap_or(0);
        Some(Self { mode, kind, hash, size, path: path.to_owned() })
    }
}

impl Bare {
    fn ls_tree(&self, commit: &str, paths: &[&str]) -> Result<Vec<Entry>, Reply> {
        let begin = ["ls-tree", "-z", "-l", "-t", "--full-tree", commit, "--"];
        let output = self.read(begin.into_iter().chain(paths.iter().copied()))?;
        let text = String::from_utf8_lossy(&output);
        Ok(text.split('\0').filter_map(Entry::parsed).collect())
    }

    /// What is at a path.
    pub(super) fn entry(&self, commit: &str, path: &str) -> Result<Option<Entry>, Reply> {
        Ok(self.ls_tree(commit, &[path])?.into_iter().find(|entry| entry.path == path))
    }

    /// What is at a path and at each folder above it, from the root on.
    pub(super) fn entries_along(&self, commit: &str, path: &str) -> Result<Vec<Entry>, Reply> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let along: Vec<_> = ends.filter_map(|end| path.get(..end)).collect();
        let mut found = self.ls_tree(commit, &along)?;
        found.retain(|entry| along.contains(&entry.path.as_str()));
        Ok(found)
    }

    /// What a folder holds; the root is the empty path.
    pub(super) fn folder(&self, commit: &str, path: &str) -> Result<Vec<Entry>, Reply> {
        let inside = if path.is_empty() { String::new() } else { format!("{path}/") };
        let paths: &[&str] = if path.is_empty() { &[] } else { &[&inside] };
        let mut found = self.ls_tree(commit, paths)?;
        found.retain(|entry| {
            entry.path.strip_prefix(&inside).is_some_and(|name| !name.contains('/'))
        });
        Ok(found)
    }

    /// A file's bytes.
    pub(super) fn blob(&self, hash: &str) -> Result<Vec<u8>, Reply> {
        self.read(["cat-file", "blob", hash])
    }

    /// Where a symbolic link leads.
    pub(super) fn link(&self, hash: &str) -> Result<String, Reply> {
        String::from_utf8(self.blob(hash)?).map_err(broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read() {
        let entry = Entry::parsed("100644 blob abc     12\tsrc/a b.txt").unwrap();
        assert_eq!((entry.size, entry.name(), entry.type_text()), (12, "a b.txt", "file"));
        let tree = Entry::parsed("040000 tree abc       -\tsrc").unwrap();
        assert_eq!((tree.size, tree.type_text()), (0, "dir"));
    }
}
