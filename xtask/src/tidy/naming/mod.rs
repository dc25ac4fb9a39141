//! Names that a search does not find, and sentences whose subject is a clause.

mod kinds;
mod occurrences;

use self::kinds::Kind;
use super::workspace::{File, Finding, Workspace};

/// The number of source files with fewer than [`kinds::SHORT`] lines that the project has. It may only fall.
const SHORT_FILES: usize = 256;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let sources = workspace.files.iter().filter(|file: &&File| file.is(".rs"));
    let (short, unclear): (Vec<_>, Vec<_>) = sources
        .flat_map(occurrences::occurrences)
        .partition(|occurrence| occurrence.kind == Kind::ShortFile);
    let unclear = unclear.into_iter().map(|occurrence| {
        let message = format!("{}: {}", occurrence.kind.description(), occurrence.kind.advice());
        Finding::new(occurrence.path, occurrence.line, message)
    });
    unclear.chain(compare_short_files(short.len(), SHORT_FILES)).collect()
}

/// Returns a finding if the number of short files is not the recorded one.
fn compare_short_files(count: usize, recorded: usize) -> Option<Finding> {
    let remedy = match count.cmp(&recorded) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => "lower `SHORT_FILES` to it",
        std::cmp::Ordering::Greater => Kind::ShortFile.advice(),
    };
    let message =
        format!("{count} {}, and {recorded} recorded: {remedy}", Kind::ShortFile.description());
    Some(Finding::new("xtask/src/tidy/naming/mod.rs", 1, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_each_unclear_name_with_its_place() {
        let source = "//! What it does.\n\nfn end() {}\n";
        let workspace = Workspace::of_files(&[("crates/a/tests/it/a.rs", source)]);
        let found: Vec<_> = check(&workspace).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        let head = "crates/a/tests/it/a.rs:1: a doc comment that begins with `What`: begin with ";
        assert!(found[0].starts_with(head), "{}", found[0]);
        let head = "crates/a/tests/it/a.rs:3: a function with the name `end`: name a function by ";
        assert!(found[1].starts_with(head), "{}", found[1]);
        assert!(found[2].contains("lower `SHORT_FILES` to it"), "{}", found[2]);
    }

    #[test]
    fn a_changed_number_of_short_files_is_reported() {
        assert_eq!(compare_short_files(3, 3), None);
        let message = |count| compare_short_files(count, 3).unwrap().message;
        assert!(message(2).starts_with("2 source files with fewer than 40 lines, and 3 recorded"));
        assert!(
            message(4).ends_with("put the items of such a file into another one of the same topic")
        );
    }
}
