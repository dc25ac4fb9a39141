//! Texts of an answer: parts of long ones, within the size of an answer.

use covibe_operation::excerpt;

use crate::untrusted_text::{MAX_FRAMED_JSON, fit_frame, framed};

/// A part of a text, in a frame.
#[derive(Debug)]
pub(super) struct TextPart {
    pub(super) framed: String,
    /// The byte offset of the rest.
    pub(super) next: Option<usize>,
}

/// Returns the part of a text from a byte offset on; without one, the whole text or its head and tail.
pub(super) fn page(source: &str, text: &str, offset: Option<usize>, how_to_ask: &str) -> TextPart {
    let make = |max| match offset {
        None => {
            let cut = excerpt(text.to_owned(), max, how_to_ask);
            let next = (cut.omitted > 0).then_some(cut.begins);
            TextPart { framed: framed(source, &cut.text, how_to_ask), next }
        }
        Some(offset) => {
            let begin = text.floor_char_boundary(offset);
            let end = begin + text[begin..].floor_char_boundary(max);
            let next = (end < text.len()).then_some(end);
            TextPart { framed: framed(source, &text[begin..end], how_to_ask), next }
        }
    };
    fit_frame(MAX_FRAMED_JSON, make, |page| &page.framed)
}

/// Returns a framed text that takes at most `budget` bytes in JSON, made from a number of bytes to show.
pub(super) fn brief(source: &str, budget: usize, part: impl Fn(usize) -> String) -> String {
    fit_frame(budget, |max| framed(source, &part(max), ""), String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::untrusted_text::json_size;

    /// Returns what is in the frame.
    fn inner(page: &TextPart) -> &str {
        let (_, rest) = page.framed.split_once('\n').unwrap();
        rest.rsplit_once('\n').unwrap().0
    }

    #[test]
    fn consecutive_parts_of_a_text_concatenate_to_it_and_fit_in_answers() {
        for text in ["\u{1}\"\n".repeat(40_000), "\u{e4}".repeat(50_000), "x".repeat(100_000)] {
            let first = page("a test", &text, None, "offset gets them");
            assert!(first.framed.contains("bytes omitted; offset gets them"));
            let mut at = first.next.unwrap();
            let mut whole = inner(&first)[..at].to_owned();
            loop {
                let part = page("a test", &text, Some(at), "ask");
                assert!(json_size(&part.framed) <= MAX_FRAMED_JSON, "{}", json_size(&part.framed));
                whole.push_str(inner(&part));
                match part.next {
                    Some(next) => at = next,
                    None => break,
                }
            }
            assert!(whole == text);
        }
    }

    #[test]
    fn a_short_text_is_returned_whole_and_an_offset_past_its_end_is_empty() {
        let whole = page("a test", "short", None, "ask");
        assert_eq!((inner(&whole), whole.next), ("short", None));
        assert_eq!(inner(&page("a test", "short", Some(99), "ask")), "");
    }
}
