//! Texts of answers, within the bound that an answer has as JSON.

use std::ffi::OsStr;

use crate::untrusted_text::json_size;

/// The maximum size of all texts of an answer, in bytes of JSON: names, numbers and the frames need the rest.
pub(super) const MAX_TEXTS: usize = 24 * 1024;

/// The room of a frame and of the line that says what is missing, in bytes of JSON.
pub(super) const FRAME: usize = 300;

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
        // JSON's quotes are as long as the end of the line.
        let size = json_size(line);
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
pub(super) fn escape_to_one_line(name: impl AsRef<OsStr>) -> String {
    let text = name.as_ref().to_string_lossy();
    if text.chars().any(char::is_control) {
        text.escape_debug().to_string()
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_in_file_names_are_escaped() {
        assert_eq!(escape_to_one_line("a\nb"), "a\\nb");
        assert_eq!(escape_to_one_line("ä b"), "ä b");
    }
}
