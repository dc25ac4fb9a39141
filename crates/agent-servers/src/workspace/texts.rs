//! Texts of answers, within the bound that an answer has as JSON.

use std::ffi::OsStr;

use covibe_operation::excerpt;

use crate::framing::framed;

/// The maximum size of all texts of an answer, in bytes of JSON: names, numbers and the frames need the rest.
pub(super) const MAX_TEXTS: usize = 24 * 1024;

/// Returns the size of a text as JSON, without its quotes.
pub(super) fn json_size(text: &str) -> usize {
    let size = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(size).sum()
}

/// Returns a text in a frame, of which the text takes at most `max` bytes of JSON: its head and its tail.
pub(super) fn bounded_frame(source: &str, text: &str, max: usize, how_to_ask: &str) -> String {
    let mut bytes = max;
    loop {
        let cut = excerpt(text.to_owned(), bytes, how_to_ask).text;
        if json_size(&cut) <= max + 100 + how_to_ask.len() || bytes < 100 {
            return framed(source, &cut, how_to_ask);
        }
        bytes = bytes * 3 / 4;
    }
}

/// Lines that are collected as long as there is room.
pub(super) struct Lines {
    text: String,
    pub(super) count: usize,
    room: usize,
}

impl Lines {
    pub(super) fn new(room: usize) -> Self {
        Self { text: String::new(), count: 0, room }
    }

    /// Returns the lines, without an end of the last one.
    pub(super) fn text(&self) -> &str {
        self.text.strip_suffix('\n').unwrap_or(&self.text)
    }

    /// Adds a line with its end; returns false, and adds nothing, if there is no room.
    pub(super) fn push(&mut self, line: &str) -> bool {
        let size = json_size(line) + 2;
        if size > self.room {
            self.room = 0;
            return false;
        }
        self.room -= size;
        self.text.push_str(line);
        self.text.push('\n');
        self.count += 1;
        true
    }
}

/// Returns a path's or a name's text on one line.
pub(super) fn one_line(name: impl AsRef<OsStr>) -> String {
    let text = name.as_ref().to_string_lossy();
    if text.chars().any(char::is_control) {
        text.escape_debug().to_string()
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::framing::MAX_ANSWER;

    proptest! {
        #[test]
        fn a_frame_fits_in_an_answer_as_json(part in "[\\x00-\\x7f]{1,50}", times in 0_usize..3000) {
            let text = bounded_frame("a file", &part.repeat(times), MAX_TEXTS, "ask for less");
            let json = serde_json::to_string(&text).unwrap();
            prop_assert!(json.len() < MAX_ANSWER, "{}", json.len());
        }

        #[test]
        fn the_size_is_that_of_json(text in any::<String>()) {
            prop_assert_eq!(json_size(&text) + 2, serde_json::to_string(&text).unwrap().len());
        }
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(one_line("a\nb"), "a\\nb");
        assert_eq!(one_line("ä b"), "ä b");
    }
}
