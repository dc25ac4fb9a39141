//! Searching a build log for a text.

use std::fmt::Write as _;

use covibe_domain::Failure;
use regex::{Regex, RegexBuilder};

use super::errors::unsearchable_text;

/// The number of lines before and after a match.
const CONTEXT: usize = 2;

/// The maximum size of one line, in bytes.
const MAX_LINE: usize = 1024;

/// The result of a search.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Matches {
    /// The newest matches with line numbers and context, such as `7: a match` and `8- a line`.
    pub(super) text: String,
    /// The number of lines that match.
    pub(super) count: usize,
    /// The number of matches that were left out.
    pub(super) omitted: usize,
}

/// Returns the newest lines that contain the text in any case: up to `max_matches` of them, within
/// `max_size` bytes. The newest match is always included.
pub(super) fn search(
    lines: &[String],
    text: &str,
    max_matches: usize,
    max_size: usize,
) -> Result<Matches, Failure> {
    let pattern = RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build();
    let pattern = pattern.map_err(|_| unsearchable_text())?;
    let matching = |line: &String| pattern.is_match(line);
    let all: Vec<_> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(matching)).collect();
    let (mut shown, mut size) = (Vec::new(), 0);
    for at in all.iter().rev().take(max_matches) {
        size +=
            (at.saturating_sub(CONTEXT)..=at + CONTEXT).map(|at| size_of(lines, at)).sum::<usize>();
        if size > max_size && !shown.is_empty() {
            break;
        }
        shown.push(*at);
    }
    shown.reverse();
    let omitted = all.len() - shown.len();
    Ok(Matches { text: with_context(lines, &shown, &pattern), count: all.len(), omitted })
}

fn size_of(lines: &[String], at: usize) -> usize {
    lines.get(at).map_or(0, |line| line.len().min(MAX_LINE) + 10)
}

/// Returns the matches with context, each line once. `--` marks lines that are left out.
fn with_context(lines: &[String], matches: &[usize], pattern: &Regex) -> String {
    let (mut text, mut next) = (String::new(), 0);
    for (order, at) in matches.iter().enumerate() {
        let until = matches.get(order + 1).map_or(usize::MAX, |following| *following);
        let from = at.saturating_sub(CONTEXT).max(next);
        if from > next && !text.is_empty() {
            text.push_str("--\n");
        }
        let end = (at + CONTEXT + 1).min(until).min(lines.len());
        for (number, line) in lines.iter().enumerate().take(end).skip(from) {
            let mark = if number == *at { ':' } else { '-' };
            let _ok = writeln!(text, "{}{mark} {}", number + 1, excerpt(line, pattern));
        }
        next = end;
    }
    text
}

/// Returns a line, or the part of a long line around its match.
fn excerpt<'a>(line: &'a str, pattern: &Regex) -> &'a str {
    if line.len() <= MAX_LINE {
        return line;
    }
    let at = pattern.find(line).map_or(0, |found| found.start());
    let from = line.floor_char_boundary(at.saturating_sub(MAX_LINE / 2));
    let end = line.floor_char_boundary(from + MAX_LINE);
    line.get(from..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbered_lines(count: usize) -> Vec<String> {
        (1..=count).map(|number| format!("line {number}")).collect()
    }

    #[test]
    fn numbers_matches_and_adds_context() {
        let mut lines = numbered_lines(12);
        lines[3] = "An ERROR. (a)".to_owned();
        lines[5] = "error. again".to_owned();
        let found = search(&lines, "error.", 200, 10_000).unwrap();
        let expected = "2- line 2\n3- line 3\n4: An ERROR. (a)\n5- line 5\n6: error. again\n7- line 7\n8- line 8\n";
        assert_eq!(found, Matches { text: expected.to_owned(), count: 2, omitted: 0 });
        let found = search(&lines, "LINE 1", 200, 10_000).unwrap();
        assert_eq!(found.count, 4, "1, 10, 11 and 12");
        let expected = "1: line 1\n2- line 2\n3- line 3\n--\n8- line 8\n9- line 9\n10: line 10\n11: line 11\n12: line 12\n";
        assert_eq!(found.text, expected);
        assert_eq!(search(&lines, "err.r", 200, 10_000).unwrap().count, 0, "it is not a pattern");
    }

    #[test]
    fn prefers_the_newest_matches() {
        let found = search(&numbered_lines(100), "line", 3, 10_000).unwrap();
        assert_eq!((found.count, found.omitted), (100, 97));
        assert!(
            found.text.starts_with("96- line 96\n97- line 97\n98: line 98\n"),
            "{}",
            found.text
        );
        let found = search(&numbered_lines(100), "line", 200, 500).unwrap();
        assert!(found.omitted > 50 && found.text.ends_with("100: line 100\n"), "{}", found.text);
    }

    #[test]
    fn shows_the_matching_part_of_a_long_line() {
        let lines = [format!("{}needle{}", "ä".repeat(5000), "b".repeat(5000))];
        let found = search(&lines, "NEEDLE", 200, 100).unwrap();
        assert!(found.text.contains("needle") && found.text.len() < 1100, "{}", found.text.len());
    }

    proptest! {
        #[test]
        fn finds_every_line_that_contains_the_text(lines in prop::collection::vec("\\PC{0,40}", 0..40), text in "\\PC{1,20}") {
            let found = search(&lines, &text, 10, 600).unwrap();
            let contains = |line: &&String| line.contains(&text);
            prop_assert!(found.count >= lines.iter().filter(contains).count());
            prop_assert!(found.omitted <= found.count);
        }
    }
}
