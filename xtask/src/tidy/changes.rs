//! The lines of Rust sources that the last commit does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::Result;

use crate::shell;

/// The new lines, by the files' paths.
#[derive(Default)]
pub(super) struct Changes {
    /// The new lines of files that the last commit contains.
    lines: BTreeMap<String, Vec<Range<usize>>>,
    /// The files that the last commit does not contain.
    files: BTreeSet<String>,
}

impl Changes {
    /// Asks git for the difference between the last commit and the files.
    pub(super) fn load() -> Result<Self> {
        let options = ["--no-color", "--no-ext-diff", "--src-prefix=a/", "--dst-prefix=b/"];
        let diff = [&["diff", "--unified=0", "HEAD"], options.as_slice(), &["--", "*.rs"]];
        let mut changes = Self::parse(&shell::git(&diff.concat())?);
        let untracked =
            shell::git(&["ls-files", "-z", "--others", "--exclude-standard", "--", "*.rs"])?;
        for path in untracked.split_terminator('\0') {
            changes.files.insert(path.to_owned());
        }
        Ok(changes)
    }

    /// Reads a diff without context lines.
    fn parse(diff: &str) -> Self {
        let mut changes = Self::default();
        let mut path = String::new();
        for line in diff.lines() {
            if let Some(named) = line.strip_prefix("+++ b/") {
                named.clone_into(&mut path);
            } else if let Some(lines) = new_lines(line) {
                changes.lines.entry(path.clone()).or_default().push(lines);
            }
        }
        changes
    }

    /// Returns whether a file differs from the last commit.
    pub(super) fn contains_file(&self, path: &str) -> bool {
        self.files.contains(path) || self.lines.contains_key(path)
    }

    /// Returns whether a line of a file is new or altered.
    pub(super) fn contains_line(&self, path: &str, line: usize) -> bool {
        let mut ranges = self.lines.get(path).into_iter().flatten();
        self.files.contains(path) || ranges.any(|range| range.contains(&line))
    }
}

/// Returns the lines that a hunk's head, such as `@@ -3,2 +3,4 @@`, announces.
fn new_lines(head: &str) -> Option<Range<usize>> {
    let (_, added) = head.strip_prefix("@@ -")?.split_once(" @@")?.0.split_once(" +")?;
    let (first, count) = added.split_once(',').unwrap_or((added, "1"));
    let (first, count): (usize, usize) = (first.parse().ok()?, count.parse().ok()?);
    Some(first..first + count)
}

#[cfg(test)]
impl Changes {
    /// Creates the changes that consist of new files.
    pub(super) fn of_files(paths: &[&str]) -> Self {
        let files = paths.iter().map(|path| (*path).to_owned()).collect();
        Self { files, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_new_lines_from_a_diff() {
        let diff = "--- a/a.rs\n+++ b/a.rs\n@@ -3 +3,2 @@ fn a() {\n-x\n+y\n+z\n@@ -9,2 +9,0 @@\n-x\n\
                    --- a/b.rs\n+++ b/b.rs\n@@ -1 +1 @@\n-x\n+y\n";
        let changes = Changes::parse(diff);
        let lines = |path| (0..20).filter(|line| changes.contains_line(path, *line)).collect();
        let (a, b, c): (Vec<_>, Vec<_>, Vec<_>) = (lines("a.rs"), lines("b.rs"), lines("c.rs"));
        assert_eq!((a, b, c), (vec![3, 4], vec![1], vec![]));
        assert!(changes.contains_file("a.rs") && !changes.contains_file("c.rs"));
    }

    #[test]
    fn knows_a_file_that_only_became_shorter() {
        assert!(Changes::parse("+++ b/a.rs\n@@ -9,2 +8,0 @@\n").contains_file("a.rs"));
    }
}
