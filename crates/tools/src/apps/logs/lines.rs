//! The lines of a log as callers see them: without secrets and control characters, repeated ones once,
//! within a size, and framed so that they can't pose as anything else.

use std::fmt::Write as _;

use covibe_operation::excerpt;

use super::query::Query;

/// The longest line that is shown, in bytes; of a longer one its beginning is.
const MAX_LINE: usize = 4096;

/// Lines that are ready to be shown.
pub(super) struct Shown {
    /// The framed text; empty if there is none.
    pub(super) text: String,
    /// The number of lines that were read.
    pub(super) lines: usize,
    /// The number of lines with the text that was searched.
    pub(super) matches: Option<usize>,
    /// The number of bytes that were left out in the middle.
    pub(super) omitted: usize,
}

impl Query {
    /// Returns lines as callers see them. They share the size with those of other containers: `parts` of
    /// them.
    pub(super) fn show(
        &self,
        lines: impl Iterator<Item = (String, String)>,
        parts: usize,
    ) -> Shown {
        let mut count = 0;
        let cleaned = lines.inspect(|_| count += 1).map(|(prefix, text)| {
            let cut = text.floor_char_boundary(MAX_LINE);
            let text = if cut < text.len() { format!("{} […]", &text[..cut]) } else { text };
            (prefix, self.masks.apply(&text))
        });
        let wanted = self.search.as_ref().map(|text| text.to_lowercase());
        let mut matches = 0;
        let kept = cleaned.filter(|(_, text)| {
            let matching =
                wanted.as_ref().is_none_or(|wanted| text.to_lowercase().contains(wanted));
            matches += usize::from(matching);
            matching
        });
        let text = folded(kept);
        let max = self.max_size / parts.max(1);
        let excerpt = excerpt(text, max, "ask for one service, fewer lines, since or search");
        Shown {
            text: self.frame.around(&excerpt.text),
            lines: count,
            matches: wanted.map(|_| matches),
            omitted: excerpt.omitted,
        }
    }
}

/// Joins lines; of equal ones in a row, only the first, with how often it was repeated.
fn folded(lines: impl Iterator<Item = (String, String)>) -> String {
    let mut text = String::new();
    let mut last: Option<(String, usize)> = None;
    for (prefix, line) in lines {
        match &mut last {
            Some((before, times)) if *before == line => *times += 1,
            _ => {
                end(&mut text, last.as_ref());
                text.push_str(&prefix);
                text.push_str(&line);
                text.push('\n');
                last = Some((line, 0));
            }
        }
    }
    end(&mut text, last.as_ref());
    text
}

/// Says how often the last line was repeated.
fn end(text: &mut String, last: Option<&(String, usize)>) {
    if let Some((_, times @ 1..)) = last {
        let _ok = writeln!(text, "[the line above {times} more times]");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded_of(lines: &[&str]) -> String {
        folded(lines.iter().map(|line| ("> ".to_owned(), (*line).to_owned())))
    }

    #[test]
    fn repeated_lines_are_shown_once() {
        assert_eq!(folded_of(&["a", "a", "a", "b"]), "> a\n[the line above 2 more times]\n> b\n");
        assert_eq!(folded_of(&["a", "b", "b"]), "> a\n> b\n[the line above 1 more times]\n");
        assert_eq!(folded_of(&[]), "");
    }
}
