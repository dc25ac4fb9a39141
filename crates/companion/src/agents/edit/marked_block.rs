//! A block of lines between two marks, in a text that belongs to somebody else.

use std::ops::Range;

use super::{Refusal, line_ending};

/// The line before the block.
const BEGIN: &str = "<!-- covibe:begin -->";

/// The line after the block.
const END: &str = "<!-- covibe:end -->";

/// Returns the text with a block of these lines: in the place of an older block, or at the end.
///
/// # Errors
///
/// A refusal if the text is not UTF-8, or its marks are not one pair.
pub fn set_block(bytes: &[u8], lines: &str) -> Result<Vec<u8>, Refusal> {
    let text = decode_text(bytes)?;
    let newline = line_ending(text);
    let block = [BEGIN, lines.trim(), END, ""].join("\n").replace('\n', newline);
    Ok(match find(text)? {
        Some(place) => [&text[..place.start], &block, &text[place.end..]].concat(),
        None if text.is_empty() => block,
        None => {
            let gap = if text.ends_with('\n') { newline.to_owned() } else { newline.repeat(2) };
            [text, &gap, &block].concat()
        }
    }
    .into_bytes())
}

/// Returns the text without the block and the blank line before it.
///
/// # Errors
///
/// Those of [`set_block`].
pub fn remove_block(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let text = decode_text(bytes)?;
    let Some(place) = find(text)? else { return Ok(bytes.to_vec()) };
    let (before, after) = (&text[..place.start], &text[place.end..]);
    let kept = match before.strip_suffix('\n').map(|it| it.strip_suffix('\r').unwrap_or(it)) {
        Some(kept) if kept.is_empty() || kept.ends_with('\n') => kept,
        _ => before,
    };
    Ok([kept, after].concat().into_bytes())
}

/// Returns the lines of the block, if there is one.
///
/// # Errors
///
/// Those of [`set_block`].
pub fn find_block(bytes: &[u8]) -> Result<Option<String>, Refusal> {
    let text = decode_text(bytes)?;
    let inner = |block: &str| {
        let block = block.trim().trim_start_matches(BEGIN).trim_end_matches(END);
        block.replace("\r\n", "\n").trim().to_owned()
    };
    Ok(find(text)?.map(|place| inner(&text[place])))
}

fn decode_text(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes).map_err(|_| Refusal::new("is not UTF-8"))
}

/// Returns the place of the block with its marks.
fn find(text: &str) -> Result<Option<Range<usize>>, Refusal> {
    let (mut at, mut begins, mut ends) = (0, Vec::new(), Vec::new());
    for line in text.split_inclusive('\n') {
        match line.trim_start_matches('\u{feff}').trim_end() {
            BEGIN => begins.push(at),
            END => ends.push(at + line.len()),
            _ => {}
        }
        at += line.len();
    }
    match (begins.as_slice(), ends.as_slice()) {
        ([], []) => Ok(None),
        ([begin], [end]) if begin < end => Ok(Some(*begin..*end)),
        _ => Err(Refusal::new(
            "has marks of Co-Vibe, but not one at the beginning and one at the end",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Result<Vec<u8>, Refusal>) -> String {
        String::from_utf8(bytes.unwrap()).unwrap()
    }

    #[test]
    fn setting_a_block_is_idempotent_and_removing_it_restores_the_text() {
        for before in ["", "# Mine\n", "# Mine\r\n\r\nText\r\n", "\n\n"] {
            let after = text(set_block(before.as_bytes(), "one\ntwo\n"));
            assert_eq!(text(set_block(after.as_bytes(), "one\ntwo\n")), after);
            assert_eq!(find_block(after.as_bytes()).unwrap().unwrap(), "one\ntwo");
            assert_eq!(text(remove_block(after.as_bytes())), before);
        }
    }

    #[test]
    fn a_block_is_replaced_where_it_stands() {
        let old = "a\n\n<!-- covibe:begin -->\nold\n<!-- covibe:end -->\n\nb\n";
        let new = "a\n\n<!-- covibe:begin -->\nnew\n<!-- covibe:end -->\n\nb\n";
        assert_eq!(text(set_block(old.as_bytes(), "new")), new);
    }

    #[test]
    fn unbalanced_block_marks_are_refused() {
        for text in [
            "<!-- covibe:begin -->\n",
            "<!-- covibe:end -->\n<!-- covibe:begin -->\n",
            "<!-- covibe:begin -->\n<!-- covibe:end -->\n<!-- covibe:begin -->\n<!-- covibe:end -->\n",
        ] {
            assert!(set_block(text.as_bytes(), "x").is_err(), "{text}");
            assert!(remove_block(text.as_bytes()).is_err(), "{text}");
        }
    }
}
