//! The lines of a log as callers see them: without secrets and control characters, repeated ones once,
//! within a size, and framed so that they can't pose as anything else.

use std::fmt::Write as _;

use covibe_docker_host::{LogLine, Stream};
use covibe_operation::excerpt;

use super::{Frame, Masks, Writer, to_printable};

/// The maximum length of a line that is shown, in bytes; longer ones are cut.
const MAX_LINE: usize = 4096;

/// The number of bytes that are read of a log for each byte that is shown: masking and folding shorten it.
pub(crate) const READ: usize = 8;

/// The rules by which every log of an answer is masked, searched, cut and framed.
pub(crate) struct LogRules {
    /// The text that lines must contain, in any case.
    pub(crate) search: Option<String>,
    /// The size limit of all logs together, in bytes.
    pub(crate) max_size: usize,
    /// The frame around each.
    pub(crate) frame: Frame,
    /// The secrets that they must not repeat.
    pub(crate) masks: Masks,
}

/// Lines that are ready to be shown.
pub(crate) struct ShownLines {
    /// The framed text; empty if there is none.
    pub(crate) text: String,
    /// The number of lines that were read.
    pub(crate) lines: usize,
    /// The number of lines with the text that was searched.
    pub(crate) matches: Option<usize>,
    /// The number of bytes that were left out in the middle.
    pub(crate) omitted: usize,
}

impl LogRules {
    /// Returns lines as callers see them. `parts` is the number of containers that share the size limit.
    pub(crate) fn render(
        &self,
        lines: impl Iterator<Item = (String, String)>,
        parts: usize,
    ) -> ShownLines {
        let mut count = 0;
        let cleaned = lines.inspect(|_| count += 1).map(|(prefix, text)| {
            // A secret that is cut in two would not be recognized.
            (prefix, shorten_line(self.masks.apply(&text)))
        });
        let wanted = self.search_text();
        let mut matches = 0;
        let kept = cleaned.filter(|(_, text)| {
            let matching = wanted.as_ref().is_none_or(|wanted| contains_text(text, wanted));
            matches += usize::from(matching);
            matching
        });
        let text = fold_repetitions(kept);
        let max = self.max_size / parts.max(1);
        let excerpt = excerpt(text, max, "ask for one service, fewer lines, since or search");
        ShownLines {
            text: self.frame.around(Writer::App, &excerpt.text),
            lines: count,
            matches: wanted.map(|_| matches),
            omitted: excerpt.omitted,
        }
    }
}

impl LogRules {
    /// Returns the text that is searched, in lower case.
    fn search_text(&self) -> Option<String> {
        self.search.as_ref().map(|text| text.to_lowercase())
    }

    /// Returns a test of whether callers see the text that is searched in a line; `None` if they search none.
    pub(crate) fn is_wanted(&self) -> Option<impl Fn(&LogLine) -> bool + Sync> {
        let wanted = self.search_text()?;
        Some(move |line: &LogLine| {
            contains_text(&shorten_line(self.masks.apply(&text_of(line))), &wanted)
        })
    }
}

/// Returns whether a line has a text, which is given in lower case.
fn contains_text(line: &str, wanted: &str) -> bool {
    line.to_lowercase().contains(wanted)
}

/// Returns a line, cut if it is too long.
fn shorten_line(line: String) -> String {
    let cut = line.floor_char_boundary(MAX_LINE);
    if cut < line.len() { format!("{} […]", &line[..cut]) } else { line }
}

/// Returns a line of docker's with its time before it.
pub(crate) fn with_time(line: &LogLine) -> (String, String) {
    let at = line.at.to_string();
    let time = at.split_once('T').and_then(|(_, time)| time.get(..8)).unwrap_or_default();
    let stream = if line.stream == Stream::Stderr { " [stderr]" } else { "" };
    (format!("{time}{stream} "), text_of(line))
}

fn text_of(line: &LogLine) -> String {
    to_printable(String::from_utf8_lossy(&line.text).trim_end())
}

/// Joins lines; equal ones in a row become one, with the number of repetitions.
fn fold_repetitions(lines: impl Iterator<Item = (String, String)>) -> String {
    let mut text = String::new();
    let mut last: Option<(String, usize)> = None;
    for (prefix, line) in lines {
        match &mut last {
            Some((before, times)) if *before == line => *times += 1,
            _ => {
                append_repetitions(&mut text, last.as_ref());
                text.push_str(&prefix);
                text.push_str(&line);
                text.push('\n');
                last = Some((line, 0));
            }
        }
    }
    append_repetitions(&mut text, last.as_ref());
    text
}

/// Appends the number of repetitions of the last line.
fn append_repetitions(text: &mut String, last: Option<&(String, usize)>) {
    if let Some((_, times @ 1..)) = last {
        let _ok = writeln!(text, "[the line above {times} more times]");
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::Secret;

    use super::*;

    fn fold_lines(lines: &[&str]) -> String {
        fold_repetitions(lines.iter().map(|line| ("> ".to_owned(), (*line).to_owned())))
    }

    #[test]
    fn a_secret_at_the_end_of_a_long_line_is_not_shown_in_part() {
        let masks = Masks::new(&[Secret::new("correct-horse-battery")]).unwrap();
        let rules = LogRules { search: None, max_size: 1 << 16, frame: Frame::draw(), masks };
        for before in MAX_LINE - 20..=MAX_LINE {
            let line = format!("{}correct-horse-battery", "a".repeat(before));
            let shown = rules.render(std::iter::once((String::new(), line)), 1);
            assert!(!shown.text.contains("aco"), "{before}");
        }
    }

    #[test]
    fn repeated_lines_are_shown_once() {
        assert_eq!(fold_lines(&["a", "a", "a", "b"]), "> a\n[the line above 2 more times]\n> b\n");
        assert_eq!(fold_lines(&["a", "b", "b"]), "> a\n> b\n[the line above 1 more times]\n");
        assert_eq!(fold_lines(&[]), "");
    }
}
