//! The nesting of a TOML text, found before the text is parsed.
//!
//! The parser (toml 0.9) limits the keys of a name, and the brackets around a value, to 80 each, but not both together: 80
//! inline tables in each other may have names of 80 keys, and tables in 6,400 levels overflow the stack. This reads words
//! and strings as that parser does, also in a text with mistakes.

/// The most keys and brackets around a value, besides those of the header above it. A plan has a few.
const MOST: usize = 80;

/// The characters that end a word.
const TOKENS: [char; 11] = ['.', '=', ',', '[', ']', '{', '}', ' ', '\t', '\r', '\n'];

/// The keys and brackets around a place in a text.
#[derive(Default)]
struct Nesting {
    /// The brackets that close those that are open, each with the keys of the name before it.
    open: Vec<(u8, usize)>,
    /// The keys of the name in the innermost brackets, except the first.
    keys: usize,
    /// The number of all of them.
    depth: usize,
}

impl Nesting {
    /// Reads the first character of a word.
    fn read(&mut self, first: u8) {
        match first {
            b'[' => self.open_bracket(b']'),
            b'{' => self.open_bracket(b'}'),
            b']' | b'}' => self.close_bracket(first),
            b'.' => self.set_keys(self.keys + 1),
            b',' => self.set_keys(0),
            b'\n' if self.open.is_empty() => self.set_keys(0),
            _ => {}
        }
    }

    fn open_bracket(&mut self, closing: u8) {
        self.open.push((closing, self.keys));
        self.keys = 0;
        self.depth += 1;
    }

    /// Closes the innermost brackets. Others stay open, which may count too much in a text with mistakes.
    fn close_bracket(&mut self, closing: u8) {
        if let Some((_, keys)) = self.open.pop_if(|(innermost, _)| *innermost == closing) {
            self.set_keys(0);
            self.keys = keys;
            self.depth -= 1;
        }
    }

    fn set_keys(&mut self, keys: usize) {
        self.depth = self.depth + keys - self.keys;
        self.keys = keys;
    }
}

/// Returns whether a value of a text may lie deeper than is read.
pub(super) fn has_deeply_nested_values(text: &str) -> bool {
    let (mut nesting, mut rest) = (Nesting::default(), text);
    while let Some(first) = rest.bytes().next() {
        nesting.read(first);
        if nesting.depth > MOST {
            return true;
        }
        rest = &rest[word_length(rest, first)..];
    }
    false
}

/// Returns the length of the word, the string, the comment or the character at the start of a text.
fn word_length(text: &str, first: u8) -> usize {
    match first {
        b'#' => text.find(['\r', '\n']).unwrap_or(text.len()),
        b'"' | b'\'' => string_length(text, first),
        _ if text.starts_with(TOKENS) => 1,
        _ => text.find(|c: char| c == '#' || TOKENS.contains(&c)).unwrap_or(text.len()),
    }
}

/// Returns the length of the string at the start of a text, which begins with this quotation mark.
fn string_length(text: &str, quote: u8) -> usize {
    let (long, has_escapes) = if quote == b'"' { ("\"\"\"", true) } else { ("'''", false) };
    let is_long = text.starts_with(long);
    let end = if is_long { long } else { &long[..1] };
    let mut at = end.len();
    while let Some(c) = text[at..].chars().next() {
        let (rest, after) = (&text[at..], &text[at + c.len_utf8()..]);
        if rest.starts_with(end) {
            // Two more may belong to a long string.
            let more = rest.bytes().skip(end.len()).take(2).take_while(|byte| *byte == quote);
            return at + end.len() + if is_long { more.count() } else { 0 };
        }
        if c == '\n' && !is_long {
            return at;
        }
        let is_escape = has_escapes && c == '\\' && after.starts_with(['\\', '"']);
        at += c.len_utf8() + usize::from(is_escape);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns inline tables in each other, each in a name of so many keys.
    fn tables(levels: usize, keys: usize) -> String {
        let name = vec!["a"; keys].join(".");
        format!("{name}={{").repeat(levels) + &"}".repeat(levels)
    }

    #[test]
    fn ordinary_texts_are_not_nested_too_deep() {
        let list = "[phases.setup]\nnixPkgs = ['a.b', {c = [1.5, 2.5]}]\n".repeat(200);
        let numbers = format!("a = [{}]", "1.5,\n".repeat(200));
        let strings = ["\"", "'", "\"\"\"", "'''"]
            .map(|quote| format!("a = {quote}{}{quote}\n# {}", "{[.".repeat(90), "[".repeat(90)));
        let escaped = format!("a = \"\\\"{}\"", "[.".repeat(90));
        let long = format!("a = \"\"\"\"x\"\"{}\\\"\"\"\"\"\"", "[.".repeat(90));
        let texts = [list, numbers, escaped, long, tables(40, 2), String::new()];
        for text in texts.iter().chain(&strings) {
            assert!(!has_deeply_nested_values(text), "{text}");
        }
    }

    #[test]
    fn keys_and_brackets_count_together() {
        for text in [
            tables(80, 79),
            tables(41, 2),
            "[".repeat(81),
            format!("[{}]", ["a"; 81].join(".")),
            // Brackets that close others, strings that a line ends, and quotation marks within words.
            "{a.a=[}".repeat(40),
            format!("a = \"x\nb = {}", "[".repeat(81)),
            format!("a = x\"{}\"", "[".repeat(81)),
            format!("a = 'x\\'\nb = {}", "[".repeat(81)),
            format!("a = '''x'''''{}", "[".repeat(81)),
        ] {
            assert!(has_deeply_nested_values(&text), "{text}");
        }
    }
}
