//! The parent of a pushed commit, as Gitea's API describes it.

use crate::reader::TreeEntry;

/// The commit on top of which one is pushed, and its author.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The commit at the branch's tip; `None` in an empty repository.
    pub commit: Option<&'a str>,
    /// The hash of its tree.
    pub tree: &'a str,
    /// All entries of its tree.
    pub entries: &'a [TreeEntry],
    /// The name of the author.
    pub name: &'a str,
    /// The email address of the author.
    pub email: &'a str,
}

impl Base<'_> {
    /// Returns a hash of the repository's object format. git makes repositories with SHA-1 by default.
    pub(super) fn sibling(&self) -> &str {
        self.commit.unwrap_or("0000000000000000000000000000000000000000")
    }
}

/// The error for folders with other names than in Gitea's answer, which can't contain names that
/// are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unnameable;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_have_the_length_of_the_parents_or_40_digits_without_one() {
        let long = "a".repeat(64);
        let base = |commit| Base { commit, tree: "", entries: &[], name: "b", email: "b@c.d" };
        assert_eq!(base(Some(&long)).sibling(), long);
        assert_eq!(base(None).sibling().len(), 40);
    }
}
