//! The parent of a pushed commit, as Gitea's API describes it.

use std::sync::Arc;

use crate::reader::TreeEntry;

/// The commit on top of which one is pushed, and its author.
#[derive(Clone, Debug)]
pub struct Base {
    /// The commit at the branch's tip; `None` in an empty repository.
    pub commit: Option<String>,
    /// The hash of its tree.
    pub tree: String,
    /// All entries of its tree.
    pub entries: Arc<[TreeEntry]>,
    /// The name of the author.
    pub name: String,
    /// The email address of the author.
    pub email: String,
}

impl Base {
    /// Returns a hash of the repository's object format. git makes repositories with SHA-1 by default.
    pub(super) fn sibling(&self) -> &str {
        self.commit.as_deref().unwrap_or("0000000000000000000000000000000000000000")
    }
}

/// The error for folders with other names than in Gitea's answer, which can't contain names that
/// are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnameable;

#[cfg(test)]
mod tests {
    use super::super::tests::base;

    #[test]
    fn hashes_have_the_length_of_the_parents_or_40_digits_without_one() {
        let long = "a".repeat(64);
        assert_eq!(base(Some(&long), "", &[]).sibling(), long);
        assert_eq!(base(None, "", &[]).sibling().len(), 40);
    }
}
