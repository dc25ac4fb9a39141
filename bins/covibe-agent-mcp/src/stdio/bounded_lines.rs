//! Lines of bounded length. Of a longer one, only the id of the request is kept, so that it can be answered.

use std::io;

use bytes::{BufMut as _, BytesMut};
use rmcp::model::RequestId;
use tokio_util::codec::Decoder;

/// The maximum length of a message, in bytes.
pub(super) const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// The length of what is kept of the beginning and of the end of a longer line.
const KEPT: usize = 512;

/// A line of the input.
#[derive(Debug)]
pub(super) enum Line {
    /// A whole line, with its end.
    Whole(BytesMut),
    /// A line that is too long, and the id of its request if it can be read.
    TooLong(Option<RequestId>),
}

/// Cuts the input into lines.
#[derive(Debug, Default)]
pub(super) struct LineDecoder {
    /// The length of the beginning of the buffer that has no end of a line.
    searched: usize,
    /// The ends of a line that is too long already.
    ends: Option<Ends>,
}

/// The beginning and the end of a long line.
#[derive(Debug, Default)]
struct Ends {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Ends {
    fn extend(&mut self, bytes: &[u8]) {
        let lacking = (KEPT - self.head.len()).min(bytes.len());
        self.head.extend(&bytes[..lacking]);
        self.tail.extend(&bytes[bytes.len().saturating_sub(KEPT)..]);
        self.tail.drain(..self.tail.len().saturating_sub(KEPT));
    }

    fn id(&self) -> Option<RequestId> {
        let id = leading_id(&String::from_utf8_lossy(&self.head));
        id.or_else(|| trailing_id(&String::from_utf8_lossy(&self.tail)))
    }
}

impl LineDecoder {
    fn line(&mut self, line: BytesMut) -> Line {
        self.searched = 0;
        let is_long = line.len() > MAX_MESSAGE + 1;
        match self.ends.take().or_else(|| is_long.then(Ends::default)) {
            Some(mut ends) => {
                ends.extend(&line);
                Line::TooLong(ends.id())
            }
            None => Line::Whole(line),
        }
    }
}

impl Decoder for LineDecoder {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Line>> {
        if let Some(at) = buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
            let line = buffer.split_to(self.searched + at + 1);
            return Ok(Some(self.line(line)));
        }
        if buffer.len() > MAX_MESSAGE || self.ends.is_some() {
            self.ends.get_or_insert_default().extend(buffer);
            buffer.clear();
        }
        self.searched = buffer.len();
        Ok(None)
    }

    /// Takes a last line without an end for a whole one.
    fn decode_eof(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Line>> {
        if !buffer.is_empty() && !buffer.ends_with(b"\n") {
            buffer.put_u8(b'\n');
        }
        self.decode(buffer)
    }
}

/// Returns the id of the request in a line that is not valid JSON, such as one that is nested too deep, if it can be
/// read.
pub(super) fn id_of(line: &[u8]) -> Option<RequestId> {
    let mut ends = Ends::default();
    ends.extend(line);
    ends.id()
}

/// Returns the id among the members that precede the first object or list.
fn leading_id(head: &str) -> Option<RequestId> {
    let mut rest = head.trim_start().strip_prefix('{')?;
    loop {
        let (name, after) = scalar(rest.trim_start())?;
        let (value, after) = scalar(after.trim_start().strip_prefix(':')?.trim_start())?;
        if name == r#""id""# {
            return serde_json::from_str(value).ok();
        }
        rest = after.trim_start().strip_prefix(',')?;
    }
}

/// Splits a text behind a string without escapes, or a number, with which it begins.
fn scalar(text: &str) -> Option<(&str, &str)> {
    let end = match text.strip_prefix('"') {
        Some(inner) => inner.find('"').filter(|at| !inner[..*at].contains('\\'))? + 2,
        None => text.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?,
    };
    Some(text.split_at(end))
}

/// Returns the id if it is the last member.
fn trailing_id(tail: &str) -> Option<RequestId> {
    let text = tail.trim_end().strip_suffix('}')?.trim_end();
    let start = match text.strip_suffix('"') {
        Some(inner) => inner.rfind('"')?,
        None => text.trim_end_matches(|c: char| c.is_ascii_digit()).len(),
    };
    let (before, value) = text.split_at(start);
    let before = before.trim_end().strip_suffix(':')?.trim_end().strip_suffix(r#""id""#)?;
    let is_member = before.trim_end().ends_with([',', '{']) && !value.contains('\\');
    if is_member { serde_json::from_str(value).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the lines of an input that comes in pieces: the text of whole ones, the id of others.
    fn lines(input: &[u8], piece: usize) -> Vec<Result<String, Option<RequestId>>> {
        let (mut decoder, mut buffer, mut lines) =
            (LineDecoder::default(), BytesMut::new(), Vec::new());
        let mut take = |line: Line| {
            lines.push(match line {
                Line::Whole(line) => Ok(String::from_utf8(line.to_vec()).unwrap()),
                Line::TooLong(id) => Err(id),
            });
        };
        for piece in input.chunks(piece) {
            buffer.extend_from_slice(piece);
            while let Some(line) = decoder.decode(&mut buffer).unwrap() {
                take(line);
            }
        }
        while let Some(line) = decoder.decode_eof(&mut buffer).unwrap() {
            take(line);
        }
        lines
    }

    #[test]
    fn input_is_split_into_lines_regardless_of_chunk_sizes() {
        for piece in [1, 2, 3, 100] {
            let expected = ["a\n", "\n", "bc\n", "d\n"].map(|line| Ok(line.to_owned()));
            assert_eq!(lines(b"a\n\nbc\nd", piece), expected);
        }
    }

    #[test]
    fn an_overlong_line_is_dropped_but_its_request_id_is_returned() {
        let filler = "x".repeat(MAX_MESSAGE);
        let leading = format!(r#"{{"jsonrpc":"2.0","id":7,"params":"{filler}"}}"#);
        let trailing = format!(r#"{{"params": {{"id":1}}, "more":"{filler}", "id" : "a" }}"#);
        let nameless = format!(r#"{{"params":"{filler} \"id\":5"}}"#);
        let input = format!("{leading}\n{trailing}\n{nameless}\nnext\n");
        for piece in [4096, 100_000, input.len()] {
            let id = |id: &str| Err(serde_json::from_str(id).ok());
            let expected = [id("7"), id("\"a\""), Err(None), Ok("next\n".to_owned())];
            assert_eq!(lines(input.as_bytes(), piece), expected);
        }
    }

    #[test]
    fn a_message_of_exactly_the_maximum_length_is_accepted_and_a_longer_one_dropped() {
        let line = "x".repeat(MAX_MESSAGE);
        assert_eq!(lines(line.as_bytes(), 8192), [Ok(format!("{line}\n"))]);
        assert_eq!(lines(format!("{line}x\n").as_bytes(), 8192), [Err(None)]);
    }

    #[test]
    fn an_id_nested_in_a_value_is_not_used_as_the_request_id() {
        for text in [
            r#"{"a":"x","text":"say \"id\":5"}"#,
            r#"{"a":"\"id\":5,"#,
            r#"{"a":{"id":5}}"#,
            r#"{"a":"\"id\":\"b"}"#,
        ] {
            assert_eq!(leading_id(text), None, "{text}");
            assert_eq!(trailing_id(text), None, "{text}");
        }
    }
}
