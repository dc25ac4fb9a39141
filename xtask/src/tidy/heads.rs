//! How a source file begins, and how long it may be.

use super::finding::Finding;
use super::workspace::{File, Workspace};

/// The longest source file, in lines.
const LONGEST: usize = 350;

/// What diesel's command generates; the file keeps the generator's form.
const GENERATED: &str = "crates/store/src/schema.rs";

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let sources = || workspace.files.iter().filter(|file| file.is(".rs"));
    sources().filter_map(head).chain(sources().filter_map(length)).collect()
}

fn head(file: &File) -> Option<Finding> {
    let message = "begin the file with one `//!` sentence that says what it is for";
    (!file.text.starts_with("//! ")).then(|| Finding::new(&file.path, 1, message))
}

fn length(file: &File) -> Option<Finding> {
    let lines = file.lines().count();
    let message = format!("{lines} lines: split the file by topic (at most {LONGEST})");
    (lines > LONGEST && file.path != GENERATED)
        .then(|| Finding::new(&file.path, LONGEST + 1, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Workspace::of_files(&[(path, text)])).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_source_file_begins_with_its_purpose() {
        assert!(lines("a.rs", "//! Adds.\n").is_empty());
        assert_eq!(lines("a.rs", "/// Adds.\nfn add() {}\n"), [1]);
        assert_eq!(lines("a.rs", ""), [1]);
        assert!(lines("a.md", "# Adds\n").is_empty());
    }

    #[test]
    fn a_source_file_is_short() {
        let of = |count: usize| format!("//! Long.\n{}", "\n".repeat(count - 1));
        assert!(lines("a.rs", &of(LONGEST)).is_empty());
        assert_eq!(lines("a.rs", &of(LONGEST + 1)), [LONGEST + 1]);
        assert!(lines(GENERATED, &of(LONGEST + 1)).is_empty());
    }
}
