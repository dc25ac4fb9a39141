//! Text that a program wrote, without what only a terminal understands.

/// Returns a line without escape sequences of terminals and other control characters.
pub(crate) fn to_printable(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut rest),
            '\t' => shown.push(c),
            _ if c.is_control() => {}
            _ => shown.push(c),
        }
    }
    shown
}

/// Skips the rest of a terminal's escape sequence, such as `[31m`, or `]0;title` with the BEL or `ESC \` that ends it.
fn skip_sequence(rest: &mut std::str::Chars<'_>) {
    match rest.as_str().chars().next() {
        Some('[') => {
            rest.next();
            rest.find(|c| ('@'..='~').contains(c));
        }
        Some(']' | 'P' | '^' | '_' | 'X') => skip_string(rest),
        _ => {}
    }
}

/// Skips a string for the terminal. One without an end is text: a program may print an escape by mistake.
fn skip_string(rest: &mut std::str::Chars<'_>) {
    let text = rest.as_str();
    let Some(end) = text.find(['\u{7}', '\u{1b}', '\u{9c}']) else { return };
    let after = text.get(end..).unwrap_or_default();
    let length = after.chars().next().map_or(0, char::len_utf8);
    *rest = after.get(length..).unwrap_or_default().chars();
    if after.starts_with('\u{1b}') && rest.as_str().starts_with('\\') {
        rest.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_terminals_sequences_is_left() {
        for (line, shown) in [
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;a title\u{7}text", "text"),
            ("a\u{1b}]8;;https://x.test\u{1b}\\link\u{1b}]8;;\u{1b}\\b", "alinkb"),
            ("\u{1b}Pqsixel\u{1b}\\x", "x"),
            ("\u{1b}]no end", "]no end"),
            ("\u{1b}c a\tb\rc", "c a\tbc"),
            ("\u{1b}", ""),
        ] {
            assert_eq!(to_printable(line), shown, "{line:?}");
        }
    }
}
