//! A copy of a commit's content, from which another thread makes the pack.

use super::{Base, Packed, Unnameable};
use crate::{FileChange, NewCommit, TreeEntry};

/// A commit whose pack is not made yet, with copies of everything that goes into it: making the pack takes long enough
/// to need a thread of its own.
#[derive(Debug)]
pub struct UnpackedCommit {
    branch: String,
    message: String,
    changes: Vec<CopiedChange>,
    parent: Option<String>,
    tree: String,
    entries: Vec<TreeEntry>,
    name: String,
    email: String,
}

impl UnpackedCommit {
    /// Copies a commit and its parent.
    pub fn new(new: NewCommit<'_>, base: Base<'_>) -> Self {
        Self {
            branch: new.branch.to_owned(),
            message: new.message.to_owned(),
            changes: new.files.iter().map(CopiedChange::new).collect(),
            parent: base.commit.map(str::to_owned),
            tree: base.tree.to_owned(),
            entries: base.entries.to_vec(),
            name: base.name.to_owned(),
            email: base.email.to_owned(),
        }
    }

    /// Makes the objects of the commit. This only computes.
    ///
    /// # Errors
    ///
    /// A folder that changes has names that are not UTF-8.
    pub fn pack(&self) -> Result<Packed, Unnameable> {
        let files: Vec<_> = self.changes.iter().map(CopiedChange::as_change).collect();
        let new = NewCommit { branch: &self.branch, message: &self.message, files: &files };
        let base = Base {
            commit: self.parent.as_deref(),
            tree: &self.tree,
            entries: &self.entries,
            name: &self.name,
            email: &self.email,
        };
        Packed::new(new, base)
    }
}

/// A copy of a [`FileChange`].
#[derive(Debug)]
enum CopiedChange {
    Create { path: String, content: Vec<u8>, executable: bool },
    Update { path: String, from: String, content: Vec<u8>, hash: String, executable: Option<bool> },
    Delete { path: String, hash: String },
}

impl CopiedChange {
    fn new(change: &FileChange<'_>) -> Self {
        match *change {
            FileChange::Create { path, content, executable } => {
                Self::Create { path: path.to_owned(), content: content.to_vec(), executable }
            }
            FileChange::Update { path, from, content, hash, executable } => Self::Update {
                path: path.to_owned(),
                from: from.to_owned(),
                content: content.to_vec(),
                hash: hash.to_owned(),
                executable,
            },
            FileChange::Delete { path, hash } => {
                Self::Delete { path: path.to_owned(), hash: hash.to_owned() }
            }
        }
    }

    fn as_change(&self) -> FileChange<'_> {
        match self {
            Self::Create { path, content, executable } => {
                FileChange::Create { path, content, executable: *executable }
            }
            Self::Update { path, from, content, hash, executable } => {
                FileChange::Update { path, from, content, hash, executable: *executable }
            }
            Self::Delete { path, hash } => FileChange::Delete { path, hash },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_change_equals_the_original() {
        let (path, content, hash) = ("a", b"x".as_slice(), "b");
        for change in [
            FileChange::Create { path, content, executable: true },
            FileChange::Update { path, from: "c", content, hash, executable: Some(false) },
            FileChange::Delete { path, hash },
        ] {
            assert_eq!(CopiedChange::new(&change).as_change(), change);
        }
    }
}
