//! Text that a program wrote, without what only a terminal understands.

/// Returns a line without escape sequences of terminals and other control characters.
pub(crate) fn printable(line: &str) -> String {
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

/// Skips the rest of a terminal's escape sequence, such as `[31m`.
fn skip_sequence(rest: &mut std::str::Chars<'_>) {
    if rest.as_str().starts_with('[') {
        rest.next();
        rest.by_ref().find(|c| ('@'..='~').contains(c));
    }
}
