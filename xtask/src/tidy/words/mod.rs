//! Unclear names and sentences, and very short files: their numbers only fall.
//!
//! The texts that the project began with had many of them. [`record`] contains the number of each kind that is left.

mod kinds;
mod occurrences;
mod record;

use anyhow::{Context, Result};

use self::kinds::{KINDS, Kind};
use self::occurrences::Occurrence;
use self::record::Record;
use super::finding::Finding;
use super::workspace::{File, Workspace};
use crate::shell;

/// The most places that a finding lists.
const MOST: usize = 20;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let (places, record) = (all_occurrences(workspace), Record::read(workspace));
    let strange = record.strange.iter().map(|line| {
        let message = "not the only count of a known kind: run `cargo xtask tidy --write`";
        Finding::new(record::PATH, *line, message)
    });
    let changed = KINDS.into_iter().filter_map(|kind| compare(workspace, &record, kind, &places));
    strange.chain(changed).collect()
}

/// Writes the counts that have fallen into the record; does not raise any.
pub(super) fn write(workspace: &Workspace) -> Result<()> {
    let path = shell::root().join(record::PATH);
    std::fs::write(path, lowered_record(workspace)).context(record::PATH)
}

/// Returns the text of the record with the counts that have fallen.
fn lowered_record(workspace: &Workspace) -> String {
    let (places, record) = (all_occurrences(workspace), Record::read(workspace));
    let lower = |kind: Kind| {
        let count = places.iter().filter(|place| place.kind == kind).count();
        (kind.key(), count.min(record.count(&kind.key()).0))
    };
    record::render(KINDS.map(lower))
}

fn all_occurrences(workspace: &Workspace) -> Vec<Occurrence<'_>> {
    let sources = workspace.files.iter().filter(|file: &&File| file.is(".rs"));
    sources.flat_map(occurrences::occurrences).collect()
}

/// Returns a finding where the number of a kind is not the recorded one.
fn compare(
    workspace: &Workspace,
    record: &Record,
    kind: Kind,
    places: &[Occurrence<'_>],
) -> Option<Finding> {
    let places: Vec<_> = places.iter().filter(|place| place.kind == kind).collect();
    let (key, count) = (kind.key(), places.len());
    let (recorded, line) = record.count(&key);
    let head = format!("{count} {}, and {recorded} recorded", kind.description());
    let message = match count.cmp(&recorded) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => {
            format!("{head}: write `{key} = {count}`, or run `cargo xtask tidy --write`")
        }
        std::cmp::Ordering::Greater => {
            format!("{head}: {}. {}", kind.advice(), hint(workspace, kind, &places))
        }
    };
    Some(Finding::new(record::PATH, line, message))
}

/// Returns the places that the last commit does not have, or the way to find them.
fn hint(workspace: &Workspace, kind: Kind, places: &[&Occurrence<'_>]) -> String {
    let is_new = |place: &&&Occurrence<'_>| match kind {
        Kind::ShortFile => workspace.changes.contains_file(place.path),
        _ => workspace.changes.contains_line(place.path, place.line),
    };
    let new: Vec<_> = places.iter().filter(is_new).collect();
    if new.is_empty() {
        return format!("None is new since the last commit; find them by `{}`", kind.search());
    }
    let listed = new.iter().take(MOST).map(|place| format!("{}:{}", place.path, place.line));
    let more = if new.len() > MOST { ", …" } else { "" };
    format!("Since the last commit: {}{more}", listed.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::changes::Changes;

    const SOURCES: [(&str, &str); 2] = [
        ("crates/a/tests/it/a.rs", "fn end() {}\n\nfn look() {}\n"),
        ("crates/a/tests/it/b.rs", "fn end() {}\n"),
    ];

    fn workspace(counts: &[(&str, usize)]) -> Workspace {
        let record = record::render(counts.iter().map(|(key, count)| ((*key).to_owned(), *count)));
        Workspace::of_files(&[SOURCES[0], SOURCES[1], (record::PATH, &record)])
    }

    fn messages(workspace: &Workspace) -> Vec<String> {
        check(workspace).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn accepts_the_recorded_counts() {
        let current = workspace(&[("function.end", 2), ("function.look", 1)]);
        assert!(check(&current).is_empty());
    }

    #[test]
    fn names_new_places_where_a_count_has_risen() {
        let mut risen = workspace(&[("function.end", 1), ("function.look", 1)]);
        risen.changes = Changes::of_files(&[SOURCES[1].0]);
        let found = messages(&risen);
        assert_eq!(found.len(), 1);
        let head = "xtask/words.toml:5: 2 functions with the name `end`, and 1 recorded: name ";
        assert!(found[0].starts_with(head), "{}", found[0]);
        assert!(
            found[0].ends_with("Since the last commit: crates/a/tests/it/b.rs:1"),
            "{}",
            found[0]
        );
    }

    #[test]
    fn names_a_search_where_no_place_is_new() {
        let found = messages(&workspace(&[("function.end", 2)]));
        assert!(found[0].contains("`git log -p -G'fn look[<(]' -- '*.rs'`"), "{}", found[0]);
    }

    #[test]
    fn asks_for_the_lower_count_where_one_has_fallen() {
        let fallen = workspace(&[("function.end", 3), ("function.look", 1)]);
        assert_eq!(
            messages(&fallen),
            ["xtask/words.toml:5: 2 functions with the name `end`, and 3 recorded: write \
              `function.end = 2`, or run `cargo xtask tidy --write`"]
        );
    }

    #[test]
    fn writes_only_lower_counts() {
        let text = lowered_record(&workspace(&[("function.end", 3), ("function.look", 0)]));
        assert!(text.contains("\nfunction.end = 2\n"), "{text}");
        assert!(text.contains("\nfunction.look = 0\n"), "{text}");
        let again = Workspace::of_files(&[SOURCES[0], SOURCES[1], (record::PATH, &text)]);
        assert_eq!(lowered_record(&again), text);
        assert_eq!(check(&again).len(), 1);
    }

    #[test]
    fn reports_lines_that_are_no_count() {
        let strange = Workspace::of_files(&[(record::PATH, "function.ends = 1\n")]);
        assert_eq!(check(&strange)[0].line, 1);
    }
}
