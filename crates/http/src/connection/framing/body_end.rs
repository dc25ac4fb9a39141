//! Where a body ends, as the head of its request says.

use super::line::Line;

/// The lines of a head that say where the body ends.
#[derive(Debug, Default)]
pub(super) struct BodyHeaders {
    length: Option<u64>,
    is_chunked: bool,
    /// True if a line cannot be read, or appears twice.
    is_unclear: bool,
    stream: Option<ByteStream>,
}

/// A stream of bytes that a client asks for in place of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByteStream {
    Tunnel,
    WebSocket,
}

/// The place where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyEnd {
    /// There is no body.
    Head,
    /// After so many bytes.
    Length(u64),
    LastChunk,
    /// The HTTP library would take all further bytes of the connection for the body.
    Connection,
    Unclear,
}

impl BodyHeaders {
    pub(super) fn read_first_line(&mut self, line: &Line) {
        let is_connect = line.kept().starts_with(b"CONNECT ");
        self.stream = is_connect.then_some(ByteStream::Tunnel);
    }

    pub(super) fn read_header(&mut self, line: &Line) {
        let Some((name, value)) = line.header() else { return };
        if name.eq_ignore_ascii_case(b"content-length") {
            self.read_length(value.and_then(length_from_digits));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.read_encoding(equals_ignoring_case(value, b"chunked"));
        } else if name.eq_ignore_ascii_case(b"upgrade") && equals_ignoring_case(value, b"websocket")
        {
            self.stream = Some(ByteStream::WebSocket);
        }
    }

    fn read_length(&mut self, length: Option<u64>) {
        self.is_unclear |= length.is_none() || self.length.is_some();
        self.length = length;
    }

    fn read_encoding(&mut self, is_chunked: bool) {
        self.is_unclear |= !is_chunked || self.is_chunked;
        self.is_chunked = is_chunked;
    }

    /// Returns the place where the body ends. The HTTP library prefers chunks to a WebSocket, and that to a length. It
    /// ignores other values of `Upgrade`, such as the `h2c` of clients that offer HTTP/2.
    pub(super) fn body_end(&self) -> BodyEnd {
        match (self.length, self.stream) {
            _ if self.is_unclear => BodyEnd::Unclear,
            (Some(_), _) if self.is_chunked => BodyEnd::Unclear,
            (None, _) if self.is_chunked => BodyEnd::LastChunk,
            (_, Some(ByteStream::WebSocket)) | (None | Some(0), Some(ByteStream::Tunnel)) => {
                BodyEnd::Connection
            }
            (None | Some(0), None) => BodyEnd::Head,
            (Some(length), _) => BodyEnd::Length(length),
        }
    }
}

fn equals_ignoring_case(value: Option<&[u8]>, word: &[u8]) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case(word))
}

fn length_from_digits(digits: &[u8]) -> Option<u64> {
    let text = str::from_utf8(digits).ok()?;
    // Numbers may otherwise begin with a plus sign.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
