//! Looking for a text in a build log.

use std::fmt::Write as _;

use covibe_domain::Failure;
use regex::{Regex, RegexBuilder};

/// How many lines around a match are shown, on either side.
const AROUND: usize = 2;

/// How much of one line is shown, in bytes.
const LINE: usize = 1024;

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The newest matches with their numbers and some lines around them: `7: a match`, `8- a line`.
    pub(super) text: String,
    /// How many lines match.
    pub(super) matches: usize,
    /// How many of them are not shown.
    pub(super) omitted: usize,
}

/// The newest lines that have the text in them, whatever the case of its letters: at most `most`
/// of them, and as many as the budget holds.
pub(super) fn search(
    lines: &[String],
    text: &str,
    most: usize,
    budget: usize,
) -> Result<Found, Failure> {
    let pattern = RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build();
    let pattern = pattern.map_err(|_| unusable())?;
    let matching = |line: &String| pattern.is_match(line);
    let all: Vec<_> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(matching)).collect();
    let (mut shown, mut size) = (Vec::new(), 0);
    for at in all.iter().rev().take(most) {
        size += (at.saturating_sub(AROUND)..=at + AROUND).map(|at| cost(lines, at)).sum::<usize>();
        if size > budget && !shown.is_empty() {
            break;
        }
        shown.push(*at);
    }
    shown.reverse();
    let omitted = all.len() - shown.len();
    Ok(Found { text: written(lines, &shown, &pattern), matches: all.len(), omitted })
}

fn unusable() -> Failure {
    Failure::invalid("`search` is a text that can't be looked for.").hint("Pass a shorter one.")
}

fn cost(lines: &[String], at: usize) -> usize {
    lines.get(at).map_or(0, |line| line.len().min(LINE) + 10)
}

/// The matches with what is around them, each line once; `--` stands where lines are left out.
fn written(lines: &[String], matches: &[usize], pattern: &Regex) -> String {
    let (mut text, mut next) = (String::new(), 0);
    for (order, at) in matches.iter().enumerate() {
        let until = matches.get(order + 1).map_or(usize::MAX, |following| *following);
        let from = at.saturating_sub(AROUND).max(next);
        if from > next && !text.is_empty() {
            text.push_str("--\n");
        }
        let end = (at + AROUND + 1).min(until).min(lines.len());
        for (number, line) in lines.iter().enumerate().take(end).skip(from) {
            let mark = if number == *at { ':' } else { '-' };
            let _ok = writeln!(text, "{}{mark} {}", number + 1, part(line, pattern));
        }
        next = end;
    }
    text
}

/// As much of a line as is shown of it: what matches, and what is around it.
fn part<'a>(line: &'a str, pattern: &Regex) -> &'a str {
    if line.len() <= LINE {
        return line;
    }
    let at = pattern.find(line).map_or(0, |found| found.start());
    let from = line.floor_char_boundary(at.saturating_sub(LINE / 2));
    let end = line.floor_char_boundary(from + LINE);
    line.get(from..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbered(count: usize) -> Vec<String> {
        (1..=count).map(|number| format!("line {number}")).collect()
    }

    #[test]
    fn matches_have_numbers_and_neighbours() {
        let mut lines = numbered(12);
        lines[3] = "An ERROR. (a)".to_owned();
        lines[5] = "error. again".to_owned();
        let found = search(&lines, "error.", 200, 10_000).unwrap();
        let expected = "2- line 2\n3- line 3\n4: An ERROR. (a)\n5- line 5\n6: error. again\n7- line 7\n8- line 8\n";
        assert_eq!(found, Found { text: expected.to_owned(), matches: 2, omitted: 0 });
        let found = search(&lines, "LINE 1", 200, 10_000).unwrap();
        assert_eq!(found.matches, 4, "1, 10, 11 and 12");
        let expected = "1: line 1\n2- line 2\n3- line 3\n--\n8- line 8\n9- line 9\n10: line 10\n11: line 11\n12: line 12\n";
        assert_eq!(found.text, expected);
        assert_eq!(search(&lines, "err.r", 200, 10_000).unwrap().matches, 0, "it is no pattern");
    }

    #[test]
    fn the_newest_are_shown_first() {
        let found = search(&numbered(100), "line", 3, 10_000).unwrap();
        assert_eq!((found.matches, found.omitted), (100, 97));
        assert!(
            found.text.starts_with("96- line 96\n97- line 97\n98: line 98\n"),
            "{}",
            found.text
        );
        let found = search(&numbered(100), "line", 200, 500).unwrap();
        assert!(found.omitted > 50 && found.text.ends_with("100: line 100\n"), "{}", found.text);
    }

    #[test]
    fn of_a_long_line_the_part_that_matches_is_shown() {
        let lines = [format!("{}needle{}", "ä".repeat(5000), "b".repeat(5000))];
        let found = search(&lines, "NEEDLE", 200, 100).unwrap();
        assert!(found.text.contains("needle") && found.text.len() < 1100, "{}", found.text.len());
    }

    proptest! {
        #[test]
        fn any_text_is_looked_for(lines in prop::collection::vec("\\PC{0,40}", 0..40), text in "\\PC{1,20}") {
            let found = search(&lines, &text, 10, 600).unwrap();
            let has = |line: &&String| line.contains(&text);
            prop_assert!(found.matches >= lines.iter().filter(has).count());
            prop_assert!(found.omitted <= found.matches);
        }
    }
}
