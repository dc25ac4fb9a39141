//! Excerpts of long texts: the head and the tail, with a line that says what is missing.

/// The size limit of a text in an answer, in bytes.
pub const MAX_TEXT: usize = 24 * 1024;

/// The size limit of a text if the caller asks for more, in bytes.
pub const MAX_TEXT_ON_REQUEST: usize = 256 * 1024;

/// A text from whose middle a part may have been left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The head, a line that says what is missing, and the tail; or the whole text.
    pub text: String,
    /// The byte offset in the whole text at which the omitted part begins; the length of the text
    /// if nothing was omitted.
    pub begins: usize,
    /// The number of omitted bytes.
    pub omitted: usize,
}

/// Shortens a text to about `max` bytes: a quarter for the head and the rest for the tail, in whole
/// characters. `how_to_ask` tells the reader how to get the omitted part.
pub fn excerpt(text: String, max: usize, how_to_ask: &str) -> Excerpt {
    if text.len() <= max {
        return Excerpt { begins: text.len(), text, omitted: 0 };
    }
    let head_end = text.floor_char_boundary(max / 4);
    let tail_start = text.ceil_char_boundary(text.len() - (max - max / 4));
    let omitted = tail_start - head_end;
    let (head, tail) = (&text[..head_end], &text[tail_start..]);
    let text = format!("{head}\n[… {omitted} bytes omitted; {how_to_ask} …]\n{tail}");
    Excerpt { text, begins: head_end, omitted }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_excerpt_of_any_text_is_bounded_and_begins_like_it(text in "\\PC{0,300}", max in 8_usize..200) {
            let length = text.len();
            let shortened = excerpt(text.clone(), max, "ask");
            if length <= max {
                prop_assert_eq!(shortened, Excerpt { text, begins: length, omitted: 0 });
            } else {
                prop_assert!(shortened.text.len() <= max + 60);
                prop_assert!(shortened.omitted >= length - max && shortened.omitted <= length);
                prop_assert!(shortened.text.starts_with(&text[..shortened.begins]));
            }
        }
    }
}
