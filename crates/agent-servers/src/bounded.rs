//! Framed texts that fit in an answer however JSON writes them.

use covibe_operation::excerpt;

use crate::framing::{MAX_FRAMED, framed};

/// The size of a framed text in JSON, in bytes, where an answer has little else.
pub(crate) const MAX_FRAMED_JSON: usize = 28 * 1024;

/// The least that is kept of a text, in bytes.
const LEAST: usize = 128;

/// Returns a text in a frame that takes at most `max` bytes as JSON, which escapes quotes and line breaks. Of a long
/// text, head and tail are kept; `how_to_ask` says how to get the rest.
pub(crate) fn framed_within(max: usize, source: &str, text: &str, how_to_ask: &str) -> String {
    // The line that says what is missing takes some, too: a text is cut once.
    let mut kept = max.min(MAX_FRAMED) - LEAST;
    loop {
        let part = excerpt(text.to_owned(), kept, how_to_ask).text;
        let framed = framed(source, &part, how_to_ask);
        if kept <= LEAST || json_length(&framed) <= max {
            return framed;
        }
        kept -= kept / 8;
    }
}

/// Returns the length of a text as JSON, in bytes.
pub(crate) fn json_length(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX, |json| json.len())
}

/// Returns a text without escape sequences of terminals and other control characters but line breaks and tabs.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' if rest.as_str().starts_with('[') => {
                rest.next();
                rest.by_ref().find(|c| ('@'..='~').contains(c));
            }
            '\t' | '\n' => shown.push(c),
            _ if c.is_control() => {}
            _ => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_quotes_fits_too() {
        for text in ["\"".repeat(1_000_000), "\u{1}".repeat(1_000_000), "x".repeat(1_000_000)] {
            let framed = framed_within(MAX_FRAMED_JSON, "a log", &text, "ask for less");
            assert!(json_length(&framed) <= MAX_FRAMED_JSON, "{}", json_length(&framed));
            assert!(framed.contains("ask for less") && framed.len() > 4_000, "{}", framed.len());
        }
        let plain = framed_within(MAX_FRAMED_JSON, "a log", &"x".repeat(1_000_000), "ask for less");
        assert_eq!(plain.matches("ask for less").count(), 1);
        assert!(!framed_within(MAX_FRAMED_JSON, "a log", "short", "ask").contains("ask"));
    }

    #[test]
    fn a_terminal_sequence_is_left_out() {
        assert_eq!(printable("a\u{1b}[31mred\u{1b}[0m\r\n\tb\u{7}\0"), "ared\n\tb");
    }
}
