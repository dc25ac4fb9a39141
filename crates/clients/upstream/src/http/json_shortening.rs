//! Removing long texts from JSON while it arrives.

use std::mem;

/// Copies JSON in pieces and shortens each text above the size limit.
///
/// Whitespace between two tokens becomes one blank. Invalid JSON stays invalid.
pub(crate) struct Cut {
    most: usize,
    long: LongText,
    state: State,
    /// The kept part of the text that is being read, with its escapes.
    text: Vec<u8>,
    /// Its length in bytes; an escape counts without its backslash.
    length: usize,
    /// The bytes of long texts beyond the size limit, of all texts.
    excess: usize,
}

/// The part that is kept of a text above the size limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongText {
    /// Its length in bytes, as a number in place of the text.
    Length,
    /// Its end, of at most that size.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between { blank: bool },
    Text,
    Escape,
}

impl Cut {
    /// Creates a copier that keeps texts of at most `most` bytes, and `long` of longer ones.
    pub(crate) fn new(most: usize, long: LongText) -> Self {
        let state = State::Between { blank: false };
        Self { most, long, state, text: Vec::new(), length: 0, excess: 0 }
    }

    /// Returns how many bytes of long texts there were beyond the size limit of a text.
    pub(crate) fn excess(&self) -> usize {
        self.excess
    }

    /// Returns the kept part of the next piece.
    pub(crate) fn copy_piece(&mut self, piece: &[u8]) -> Vec<u8> {
        let (mut rest, mut left) = (piece, Vec::new());
        while let Some((first, others)) = rest.split_first() {
            rest = match self.state {
                State::Between { blank } => {
                    self.copy_between_texts(*first, blank, &mut left);
                    let is_blank = self.state == State::Between { blank: true };
                    if is_blank { skip_blanks(others) } else { others }
                }
                State::Escape => {
                    self.state = State::Text;
                    self.add(&rest[..1]);
                    others
                }
                State::Text => self.text(rest, &mut left),
            };
        }
        left
    }

    /// Returns the kept part of a text that did not end.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        let is_open = !matches!(self.state, State::Between { .. });
        if is_open { [b"\"", self.text.as_slice()].concat() } else { Vec::new() }
    }

    fn copy_between_texts(&mut self, byte: u8, blank: bool, left: &mut Vec<u8>) {
        let is_blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.state = State::Between { blank: is_blank };
        match byte {
            b'"' => self.state = State::Text,
            _ if is_blank && blank => {}
            _ => left.push(byte),
        }
    }

    /// Reads up to the text's end or next escape, and returns the rest of the piece.
    fn text<'a>(&mut self, piece: &'a [u8], left: &mut Vec<u8>) -> &'a [u8] {
        let Some(at) = piece.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
            self.add(piece);
            return &[];
        };
        self.add(&piece[..at]);
        if piece[at] == b'"' {
            self.end_text(left);
        } else {
            self.state = State::Escape;
            // It does not count in the length: it is kept or removed with the character that
            // follows it.
            self.text.push(b'\\');
        }
        &piece[at + 1..]
    }

    fn add(&mut self, part: &[u8]) {
        self.length += part.len();
        if self.length <= self.most {
            self.text.extend_from_slice(part);
            return;
        }
        self.excess += part.len();
        match self.long {
            LongText::Length => self.text.clear(),
            LongText::End => self.keep_end(part),
        }
    }

    /// Adds a part of a long text, and drops the parts that are too far from its end, now and then.
    fn keep_end(&mut self, part: &[u8]) {
        self.text.extend_from_slice(part);
        if self.text.len() > self.most.saturating_mul(2) {
            self.text.drain(..self.text.len() - self.most);
        }
    }

    /// Returns the end of a long text, from a place that is not within an escape.
    fn kept_end(text: &[u8], most: usize) -> &[u8] {
        let end = &text[text.len().saturating_sub(most)..];
        let at = end.iter().position(|byte| is_outside_escapes(*byte));
        at.map_or(&[], |at| &end[at + 1..])
    }

    fn end_text(&mut self, left: &mut Vec<u8>) {
        self.state = State::Between { blank: false };
        let (text, length) = (mem::take(&mut self.text), mem::take(&mut self.length));
        let kept = match self.long {
            _ if length <= self.most => text.as_slice(),
            LongText::Length => return left.extend_from_slice(length.to_string().as_bytes()),
            LongText::End => Self::kept_end(&text, self.most),
        };
        left.push(b'"');
        left.extend_from_slice(kept);
        left.push(b'"');
    }
}

/// Many blanks.
const BLANKS: [u8; 1024] = [b' '; 1024];

/// Skips blanks behind another one, many at a time: an answer may consist of them.
fn skip_blanks(mut rest: &[u8]) -> &[u8] {
    while let Some(further) = rest.strip_prefix(&BLANKS) {
        rest = further;
    }
    rest
}

/// Returns whether an ASCII character can't be part of a JSON escape.
fn is_outside_escapes(byte: u8) -> bool {
    matches!(byte, b' ' | b',' | b':' | b'{' | b'}' | b'.' | b'=')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    const MOST: usize = 12;

    fn cut(text: &str, piece: usize) -> String {
        let mut cut = Cut::new(MOST, LongText::Length);
        let pieces = text.as_bytes().chunks(piece);
        let mut left: Vec<u8> = pieces.flat_map(|piece| cut.copy_piece(piece)).collect();
        left.extend(cut.finish());
        String::from_utf8(left).unwrap()
    }

    #[test]
    fn a_long_text_is_replaced_by_its_length() {
        for piece in 1..20 {
            let told =
                cut(r#"{"a" : "123456789012", "b":"1234567890123",  "c": "12345678901\n"}"#, piece);
            assert_eq!(told, r#"{"a" : "123456789012", "b":13, "c": "12345678901\n"}"#);
            assert_eq!(
                cut(r#"["a\"]\\", "\\\"\\\"\\\"\\\"\\\"\\\"\\\""]"#, piece),
                r#"["a\"]\\", 14]"#
            );
        }
    }

    #[test]
    fn any_number_of_blanks_becomes_one() {
        for count in [1, 2, 1023, 1024, 1025, 1026, 5000] {
            for piece in [7, 1024, 1025, 9000] {
                let text = format!("[1,{}2]{}", " ".repeat(count), "\n".repeat(count));
                assert_eq!(cut(&text, piece), "[1, 2]\n", "{count} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn the_kept_end_of_a_long_text_does_not_begin_within_an_escape() {
        for piece in 1..40 {
            let mut cut = Cut::new(MOST, LongText::End);
            let text = r#"{"a":"short","b":"a long text, \\n\"\u00e9\" end"}"#;
            let mut left: Vec<u8> =
                text.as_bytes().chunks(piece).flat_map(|piece| cut.copy_piece(piece)).collect();
            left.extend(cut.finish());
            let read: Value = serde_json::from_slice(&left).unwrap();
            assert_eq!(read, json!({ "a": "short", "b": "end" }), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn the_end_of_a_long_text_is_kept(text in "(\\PC| |\n|\"|\\\\){0,200}", piece in 1_usize..40) {
            let mut cut = Cut::new(MOST, LongText::End);
            let whole = json!({ "a": text }).to_string();
            let mut left: Vec<u8> =
                whole.as_bytes().chunks(piece).flat_map(|piece| cut.copy_piece(piece)).collect();
            left.extend(cut.finish());
            let read: Value = serde_json::from_slice(&left).unwrap();
            prop_assert!(text.ends_with(read["a"].as_str().unwrap()));
        }
    }

    #[test]
    fn shortening_keeps_invalid_json_invalid() {
        for text in [r#"["a"#, r#"["a\"#, r#"["12345678901234"#, "[1   2]", "[", r#""a" b"#, ""] {
            assert!(serde_json::from_str::<Value>(&cut(text, 3)).is_err(), "{text}");
        }
    }

    /// Returns the expected result for a value whose texts contain no escapes.
    fn shortened(value: Value) -> Value {
        match value {
            Value::String(text) if text.len() > MOST => json!(text.len()),
            Value::Array(items) => items.into_iter().map(shortened).collect(),
            Value::Object(members) => {
                let each = members.into_iter().map(|(name, value)| (name, shortened(value)));
                Value::Object(each.collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z {}\u{e9},:\\[\\]]{0,30}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map("[a-z\"\\\\\n]{0,4}", inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_other_than_long_texts_is_unchanged(value in any_json(), piece in 1_usize..40, pretty in any::<bool>()) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            let read: Value = serde_json::from_str(&cut(&text, piece)).unwrap();
            prop_assert_eq!(read, shortened(value));
        }
    }
}
