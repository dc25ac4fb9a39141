//! Where a request ends in the bytes of a connection.

/// The number of bytes of a line that are kept: more than a line has that states the length of a
/// body.
const KEPT: usize = 64;

/// Follows the bytes of one request up to its end, so that those of the next one can be held back.
///
/// The HTTP library decides what a request means, and refuses requests whose length is ambiguous. If
/// this disagrees with it about an end, requests are only held back at another place.
#[derive(Debug, Default)]
pub(super) struct Framer {
    part: Part,
    line: Line,
    length: u64,
    is_chunked: bool,
    /// The bytes of the head that were read.
    head: usize,
}

/// The part of a request that the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// The empty lines that may precede a request, or its first line.
    #[default]
    Start,
    Headers,
    /// The body or a chunk, with the number of bytes that are left of it.
    Body(u64),
    Chunk(u64),
    ChunkSize,
    ChunkEnd,
    Trailers,
    End,
}

/// The line that is being read, without blanks.
#[derive(Debug)]
struct Line {
    kept: [u8; KEPT],
    length: usize,
}

impl Framer {
    /// Reads bytes up to the end of the request, and returns how many belong to it.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> usize {
        let mut read = 0;
        while read < bytes.len() && self.part != Part::End {
            let is_head = self.is_in_head();
            let step = self.step(&bytes[read..]);
            self.head += if is_head { step } else { 0 };
            read += step;
        }
        read
    }

    /// Returns the length of the head up to here, in bytes.
    pub(super) fn head(&self) -> usize {
        self.head
    }

    fn is_in_head(&self) -> bool {
        matches!(self.part, Part::Start | Part::Headers)
    }

    /// Returns whether the whole request was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.part == Part::End
    }

    /// Returns whether nothing of a request was read except empty lines.
    pub(super) fn is_at_start(&self) -> bool {
        self.part == Part::Start && self.line.length == 0
    }

    fn step(&mut self, bytes: &[u8]) -> usize {
        match self.part {
            Part::Body(left) => self.skip(bytes, left, Part::Body, Part::End),
            Part::Chunk(left) => self.skip(bytes, left, Part::Chunk, Part::ChunkEnd),
            _ => self.read_line(bytes),
        }
    }

    fn skip(&mut self, bytes: &[u8], left: u64, again: fn(u64) -> Part, then: Part) -> usize {
        let skipped = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let left = left - skipped as u64;
        self.part = if left == 0 { then } else { again(left) };
        skipped
    }

    fn read_line(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.line.push(bytes);
            return bytes.len();
        };
        self.line.push(&bytes[..end]);
        self.part = self.after_line();
        self.line.length = 0;
        end + 1
    }

    /// Returns the part after the line that was read.
    fn after_line(&mut self) -> Part {
        let is_empty = self.line.length == 0;
        match self.part {
            Part::Start if is_empty => Part::Start,
            Part::Headers if is_empty => self.after_head(),
            Part::Start => Part::Headers,
            Part::Headers => {
                self.read_header();
                Part::Headers
            }
            Part::ChunkSize => self.line.chunk_size().map_or(Part::End, |size| match size {
                0 => Part::Trailers,
                size => Part::Chunk(size),
            }),
            Part::ChunkEnd => Part::ChunkSize,
            Part::Trailers if !is_empty => Part::Trailers,
            Part::Trailers | Part::Body(_) | Part::Chunk(_) | Part::End => Part::End,
        }
    }

    fn after_head(&self) -> Part {
        match self.length {
            _ if self.is_chunked => Part::ChunkSize,
            0 => Part::End,
            length => Part::Body(length),
        }
    }

    fn read_header(&mut self) {
        let Some((name, value)) = self.line.header() else { return };
        if name.eq_ignore_ascii_case("content-length") {
            self.length = value.parse().unwrap_or_default();
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            self.is_chunked = value.eq_ignore_ascii_case("chunked");
        }
    }
}

impl Default for Line {
    fn default() -> Self {
        Self { kept: [0; KEPT], length: 0 }
    }
}

impl Line {
    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
            if let Some(place) = self.kept.get_mut(self.length) {
                *place = *byte;
            }
            self.length = self.length.saturating_add(1);
        }
    }

    /// Returns the line as text; `None` if it is longer than the bytes that are kept.
    fn text(&self) -> Option<&str> {
        str::from_utf8(self.kept.get(..self.length)?).ok()
    }

    fn header(&self) -> Option<(&str, &str)> {
        self.text()?.split_once(':')
    }

    fn chunk_size(&self) -> Option<u64> {
        let kept = &self.kept[..self.length.min(KEPT)];
        let digits = kept.split(|byte| *byte == b';').next()?;
        u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REQUESTS: [&str; 8] = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\nHost: a\n\n",
        "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n\r\n\r\n.",
        "POST / HTTP/1.1\r\nCONTENT-length:      0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding:   chunked\r\n\r\n4\r\nab\r\n\r\n1A;x=\"1\"\r\n\
         abcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n",
        "GET / HTTP/1.1\r\nX: a very long line, which is longer than what is kept of a line, by far\
         \r\nContent-Length: 1\r\n\r\n7",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ];

    #[test]
    fn finds_the_end_of_a_request_before_the_next_one() {
        for request in REQUESTS {
            let mut framer = Framer::default();
            let pipelined = format!("{request}GET / HTTP/1.1\r\n\r\n");
            assert_eq!(framer.feed(pipelined.as_bytes()), request.len(), "{request}");
            assert!(framer.is_at_end(), "{request}");
        }
    }

    #[test]
    fn head_returns_the_length_of_the_request_head() {
        let mut framer = Framer::default();
        framer.feed(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
        assert_eq!(framer.head(), 38);
    }

    #[test]
    fn blank_lines_before_a_request_do_not_start_it() {
        let mut framer = Framer::default();
        framer.feed(b"\r\n\r\n");
        assert!(framer.is_at_start());
        framer.feed(b"G");
        assert!(!framer.is_at_start() && !framer.is_at_end());
    }

    proptest! {
        #[test]
        fn finds_the_end_of_a_request_that_is_fed_in_pieces(which in 0..REQUESTS.len(), size in 1usize..40) {
            let request = REQUESTS[which].as_bytes();
            let mut framer = Framer::default();
            let read: usize = request.chunks(size).map(|piece| framer.feed(piece)).sum();
            prop_assert_eq!(read, request.len());
            prop_assert!(framer.is_at_end());
        }

        #[test]
        fn never_consumes_more_bytes_than_it_is_fed(bytes: Vec<u8>) {
            prop_assert!(Framer::default().feed(&bytes) <= bytes.len());
        }
    }
}
