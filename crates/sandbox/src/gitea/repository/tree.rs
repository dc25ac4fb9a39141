//! Reading trees and files.

use super::bare_repository::BareRepository;
use crate::core::request_types::Reply;
use crate::gitea::errors::internal;

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    pub(crate) mode: String,
    /// `blob`, `tree` or `commit`.
    pub(crate) kind: String,
    pub(crate) hash: String,
    /// The size in bytes; 0 for anything but a file.
    pub(crate) size: i64,
    /// The path from the root.
    pub(crate) path: String,
}

impl TreeEntry {
    /// Returns the last segment of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Returns Gitea's name for its type.
    pub(crate) fn type_text(&self) -> &'static str {
        match (self.kind.as_str(), self.mode.as_str()) {
            ("tree", _) => "dir",
            ("commit", _) => "submodule",
            (_, "120000") => "symlink",
            _ => "file",
        }
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split_ascii_whitespace().map(str::to_owned);
        let (mode, kind, hash) = (words.next()?, words.next()?, words.next()?);
        let size = words.next()?.parse().unwrap_or(0);
        Some(Self { mode, kind, hash, size, path: path.to_owned() })
    }
}

impl BareRepository {
    fn ls_tree(&self, commit: &str, paths: &[&str]) -> Result<Vec<TreeEntry>, Reply> {
        let begin = ["ls-tree", "-z", "-l", "-t", "--full-tree", commit, "--"];
        let output = self.read_object(commit, &[begin.as_slice(), paths].concat())?;
        let text = String::from_utf8_lossy(&output);
        Ok(text.split('\0').filter_map(TreeEntry::parse).collect())
    }

    /// Returns all files and links of a commit.
    pub(crate) fn files(&self, commit: &str) -> Result<Vec<TreeEntry>, Reply> {
        let arguments = ["ls-tree", "-z", "-l", "-r", "--full-tree", commit];
        let output = self.read_object(commit, &arguments)?;
        let text = String::from_utf8_lossy(&output);
        let entries = text.split('\0').filter_map(TreeEntry::parse);
        Ok(entries.filter(|entry| entry.kind == "blob").collect())
    }

    /// Returns the entry at a path.
    pub(crate) fn entry(&self, commit: &str, path: &str) -> Result<Option<TreeEntry>, Reply> {
        Ok(self.ls_tree(commit, &[path])?.into_iter().find(|entry| entry.path == path))
    }

    /// Returns the entries at a path and at each folder above it, from the root on.
    pub(crate) fn entries_along(&self, commit: &str, path: &str) -> Result<Vec<TreeEntry>, Reply> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let along: Vec<_> = ends.filter_map(|end| path.get(..end)).collect();
        let mut found = self.ls_tree(commit, &along)?;
        found.retain(|entry| along.contains(&entry.path.as_str()));
        Ok(found)
    }

    /// Returns the entries of a folder; the root is the empty path.
    pub(crate) fn folder(&self, commit: &str, path: &str) -> Result<Vec<TreeEntry>, Reply> {
        let inside = if path.is_empty() { String::new() } else { format!("{path}/") };
        let paths: &[&str] = if path.is_empty() { &[] } else { &[&inside] };
        let mut found = self.ls_tree(commit, paths)?;
        found.retain(|entry| {
            entry.path.strip_prefix(&inside).is_some_and(|name| !name.contains('/'))
        });
        Ok(found)
    }

    /// Returns a file's bytes.
    pub(crate) fn blob(&self, hash: &str) -> Result<Vec<u8>, Reply> {
        self.read_object(hash, &["cat-file", "blob", hash])
    }

    /// Returns the target of a symbolic link.
    pub(crate) fn link(&self, hash: &str) -> Result<String, Reply> {
        String::from_utf8(self.blob(hash)?).map_err(internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_ls_tree_are_parsed() {
        let entry = TreeEntry::parse("100644 blob abc     12\tsrc/a b.txt").unwrap();
        assert_eq!((entry.size, entry.name(), entry.type_text()), (12, "a b.txt", "file"));
        let tree = TreeEntry::parse("040000 tree abc       -\tsrc").unwrap();
        assert_eq!((tree.size, tree.type_text()), (0, "dir"));
    }
}
