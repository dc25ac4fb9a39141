//! The lines of a log as callers see them: selected by text and level, without secrets and control characters, repeated
//! ones once, within a size, and framed so that they can't pose as anything else.

use std::fmt::Write as _;

use covibe_docker_host::{LogLine, Stream};
use covibe_operation::excerpt;

use super::log_levels::{LogLevel, level_of};
use super::{Frame, Masks, Writer, to_printable};

/// The maximum length of a line that is shown, in bytes; longer ones are cut.
const MAX_LINE: usize = 4096;

/// The number of bytes that are read of a log for each byte that is shown: masking and folding shorten it.
pub(crate) const READ: usize = 8;

/// The rules by which every log of an answer is masked, searched, cut and framed.
pub(crate) struct LogRules {
    /// The selection of the lines to show.
    pub(crate) selection: Selection,
    /// The size limit of all logs together, in bytes.
    pub(crate) max_size: usize,
    /// The frame around each.
    pub(crate) frame: Frame,
    /// The secrets that they must not repeat.
    pub(crate) masks: Masks,
}

/// A line of a log as it was read, without control characters.
pub(crate) struct Line {
    /// The time and the stream, as they stand before the text.
    prefix: String,
    stream: Stream,
    text: String,
}

/// The lines of a log that are shown.
#[derive(Default)]
pub(crate) struct Selected {
    /// The prefix and the text of each, without secrets.
    pub(crate) lines: Vec<(String, String)>,
    /// The number of lines that they were selected from.
    pub(crate) read: usize,
    /// The number of lines below the level.
    pub(crate) below: usize,
    /// The number of selected lines, of which not all may be here.
    pub(crate) matches: usize,
}

/// A log that is ready to be shown.
pub(crate) struct ShownLines {
    /// The framed text; empty if there is none.
    pub(crate) text: String,
    /// The number of lines that were read.
    pub(crate) lines: usize,
    /// The number of lines with the text that was searched.
    pub(crate) matches: Option<usize>,
    /// The number of lines that were left out because of their level.
    pub(crate) below: Option<usize>,
    /// The number of bytes that were left out in the middle.
    pub(crate) omitted: usize,
}

impl LogRules {
    /// Selects the lines to be shown, of those after the first `skipped` ones.
    pub(crate) fn select(&self, lines: impl Iterator<Item = Line>, skipped: usize) -> Selected {
        let mut sieve = self.selection.sieve();
        let mut selected = Selected::default();
        for (number, line) in lines.enumerate() {
            if number == skipped {
                sieve.below = 0;
            }
            let (is_kept, text) = self.judge(&mut sieve, &line);
            if number >= skipped {
                selected.read += 1;
                selected.lines.extend(is_kept.then_some((line.prefix, text)));
            }
        }
        if selected.read > 0 {
            selected.below = sieve.below;
        }
        selected.matches = selected.lines.len();
        selected
    }

    /// Returns lines that were selected before.
    pub(crate) fn cleaned(&self, lines: impl Iterator<Item = Line>) -> Vec<(String, String)> {
        lines.map(|line| (line.prefix, shorten_line(self.masks.apply(&line.text)))).collect()
    }

    /// Returns whether a line of docker's is shown.
    pub(crate) fn keeps(&self, sieve: &mut Sieve<'_>, line: &LogLine) -> bool {
        self.judge(sieve, &Line::from(line)).0
    }

    /// Returns a log as callers see it. It shares the size with those of other containers: `parts` of them.
    pub(crate) fn render(&self, selected: &Selected, parts: usize) -> ShownLines {
        let text = fold_repetitions(&selected.lines);
        let max = self.max_size / parts.max(1);
        let excerpt = excerpt(text, max, "pass `service`, fewer `lines`, `since` or `search`");
        ShownLines {
            text: self.frame.around(Writer::App, &excerpt.text),
            lines: selected.read,
            matches: self.selection.has_search().then_some(selected.matches),
            below: self.selection.has_level().then_some(selected.below),
            omitted: excerpt.omitted,
        }
    }

    /// Returns whether a line is shown, and what callers see of it.
    fn judge(&self, sieve: &mut Sieve<'_>, line: &Line) -> (bool, String) {
        // A secret that is cut in two would not be recognized.
        let seen = shorten_line(self.masks.apply(&line.text));
        (sieve.keeps(line.stream, &line.text, &seen), seen)
    }
}

impl Selected {
    /// Keeps at most so many of the newest lines.
    pub(crate) fn keep_newest(&mut self, most: usize) {
        let older = self.lines.len().saturating_sub(most);
        self.lines.drain(..older);
    }
}

impl Line {
    /// Creates a line without a time.
    pub(crate) fn untimed(text: &str) -> Self {
        Self { prefix: String::new(), stream: Stream::Stdout, text: to_printable(text) }
    }
}

impl From<&LogLine> for Line {
    fn from(line: &LogLine) -> Self {
        let at = line.at.to_string();
        let time = at.split_once('T').and_then(|(_, time)| time.get(..8)).unwrap_or_default();
        let stream = if line.stream == Stream::Stderr { " [stderr]" } else { "" };
        let text = to_printable(String::from_utf8_lossy(&line.text).trim_end());
        Self { prefix: format!("{time}{stream} "), stream: line.stream, text }
    }
}

/// Returns a line, cut if it is too long.
fn shorten_line(line: String) -> String {
    let cut = line.floor_char_boundary(MAX_LINE);
    if cut < line.len() { format!("{} […]", &line[..cut]) } else { line }
}

/// Joins lines; of equal ones in a row, only the first, with how often it was repeated.
fn fold_repetitions(lines: &[(String, String)]) -> String {
    let mut text = String::new();
    for alike in lines.chunk_by(|(_, before), (_, line)| before == line) {
        let Some((prefix, line)) = alike.first() else { continue };
        let _ok = writeln!(text, "{prefix}{line}");
        if alike.len() > 1 {
            let _ok = writeln!(text, "[the line above {} more times]", alike.len() - 1);
        }
    }
    text
}

/// The condition of the lines of a log to show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// The text that lines must contain, in lower case.
    search: Option<String>,
    /// The least severe level.
    level: Option<LogLevel>,
}

/// Judges the lines of one log in their order.
///
/// A line without a level has that of the line before it in the same stream, so that a stack trace follows its message. The
/// first ones count as info.
#[derive(Debug)]
pub(crate) struct Sieve<'a> {
    selection: &'a Selection,
    /// The level of the last line of each stream.
    levels: [LogLevel; 2],
    /// The number of lines below the level.
    pub(crate) below: usize,
}

impl Selection {
    /// Selects the lines with a text, in any case, and at least of a level.
    pub(crate) fn new(search: Option<&str>, level: Option<LogLevel>) -> Self {
        Self { search: search.map(str::to_lowercase), level }
    }

    /// Returns whether all lines are shown.
    pub(crate) fn shows_all_lines(&self) -> bool {
        self.search.is_none() && self.level.is_none()
    }

    /// Returns whether lines are searched for a text.
    pub(crate) fn has_search(&self) -> bool {
        self.search.is_some()
    }

    /// Returns whether lines are selected by their level.
    pub(crate) fn has_level(&self) -> bool {
        self.level.is_some()
    }

    /// Begins to judge a log.
    pub(crate) fn sieve(&self) -> Sieve<'_> {
        Sieve { selection: self, levels: [LogLevel::Info; 2], below: 0 }
    }
}

impl Sieve<'_> {
    /// Returns whether a line is shown. `seen` is what callers see of it.
    pub(crate) fn keeps(&mut self, stream: Stream, line: &str, seen: &str) -> bool {
        let Selection { search, level } = self.selection;
        if let Some(least) = level {
            let own = &mut self.levels[usize::from(stream == Stream::Stderr)];
            *own = level_of(line).unwrap_or(*own);
            if *own < *least {
                self.below += 1;
                return false;
            }
        }
        search.as_ref().is_none_or(|text| seen.to_lowercase().contains(text))
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::Secret;

    use super::*;

    fn fold_lines(lines: &[&str]) -> String {
        let line = |line: &&str| ("> ".to_owned(), (*line).to_owned());
        fold_repetitions(&lines.iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn a_secret_at_the_end_of_a_long_line_is_not_shown_in_part() {
        let masks = Masks::new(&[Secret::new("correct-horse-battery")]).unwrap();
        let selection = Selection::default();
        let rules = LogRules { selection, max_size: 1 << 16, frame: Frame::draw(), masks };
        for before in MAX_LINE - 20..=MAX_LINE {
            let line = format!("{}correct-horse-battery", "a".repeat(before));
            let selected = rules.select(std::iter::once(Line::untimed(&line)), 0);
            let shown = rules.render(&selected, 1);
            assert!(!shown.text.contains("aco"), "{before}");
        }
    }

    #[test]
    fn repeated_lines_are_shown_once() {
        assert_eq!(fold_lines(&["a", "a", "a", "b"]), "> a\n[the line above 2 more times]\n> b\n");
        assert_eq!(fold_lines(&["a", "b", "b"]), "> a\n> b\n[the line above 1 more times]\n");
        assert_eq!(fold_lines(&[]), "");
    }

    #[test]
    fn a_stack_trace_follows_its_message_in_its_own_stream() {
        let selection = Selection::new(None, Some(LogLevel::Error));
        let mut sieve = selection.sieve();
        let (out, err) = (Stream::Stdout, Stream::Stderr);
        let lines = [
            (err, "    at nothing before it", false),
            (err, "Error: no such table", true),
            (out, "INFO listening", false),
            (err, "    at query (db.js:1:1)", true),
            (out, "a request", false),
            (err, "WARN slow", false),
            (err, "    at query (db.js:1:1)", false),
        ];
        for (stream, line, is_kept) in lines {
            assert_eq!(sieve.keeps(stream, line, line), is_kept, "{line}");
        }
        assert_eq!(sieve.below, 5);
    }

    #[test]
    fn a_search_counts_only_matching_lines_below_the_level() {
        let selection = Selection::new(Some("TABLE"), Some(LogLevel::Warn));
        let mut sieve = selection.sieve();
        let kept = ["ERROR no table", "INFO the table", "WARN slow"]
            .map(|line| sieve.keeps(Stream::Stdout, line, line));
        assert_eq!((kept, sieve.below), ([true, false, false], 1));
    }
}
