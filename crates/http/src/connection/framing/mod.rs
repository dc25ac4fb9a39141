//! Where a request ends in the bytes of a connection.

mod body_end;
mod chunks;
mod line;
#[cfg(test)]
mod tests;

use super::refused_heads::RefusedHead;
use body_end::{BodyEnd, BodyHeaders};
use chunks::{ChunkPart, skip};
use line::Line;

/// Follows the bytes of one request up to its end, so that those of the next one can be held back.
///
/// It finds the end where the HTTP library finds it (actix-http 3.20, `h1/decoder.rs` and `h1/chunked.rs`). A request
/// that only one of both took for whole would keep its place for nothing, or bring the next one with it. A head is
/// refused before the HTTP library gets all of it if its body would end only with the connection, or if it is unclear
/// where the body ends. The HTTP library refuses other malformed requests.
#[derive(Debug, Default)]
pub(super) struct Framer {
    part: Part,
    line: Line,
    declared: BodyHeaders,
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
    /// The body, with the number of bytes that are left of it.
    Body(u64),
    Chunks(ChunkPart),
    /// The bytes after some that the HTTP library refuses.
    Malformed,
    /// Nothing: the head is refused.
    Refused(RefusedHead),
    End,
}

impl Framer {
    /// Reads bytes up to the end of the request, and returns how many belong to it.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> usize {
        let mut read = 0;
        while read < bytes.len() && !matches!(self.part, Part::End | Part::Refused(_)) {
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
        self.part == Part::Start && self.line.is_empty()
    }

    /// Returns why the head is refused, if it is.
    pub(super) fn refused_head(&self) -> Option<RefusedHead> {
        match self.part {
            Part::Refused(reason) => Some(reason),
            _ => None,
        }
    }

    fn step(&mut self, bytes: &[u8]) -> usize {
        match self.part {
            Part::Body(left) => {
                let (read, left) = skip(bytes, left);
                self.part = if left == 0 { Part::End } else { Part::Body(left) };
                read
            }
            Part::Chunks(part) => {
                let (read, next) = part.read_bytes(bytes);
                self.part = after_chunk_part(next);
                read
            }
            Part::Start | Part::Headers => self.read_line(bytes),
            Part::Malformed | Part::Refused(_) | Part::End => bytes.len(),
        }
    }

    fn read_line(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.line.push(bytes);
            return bytes.len();
        };
        self.line.push(&bytes[..end]);
        self.part = self.after_line();
        self.line.clear();
        end + 1
    }

    /// Returns the part after the line that was read.
    fn after_line(&mut self) -> Part {
        match (self.part, self.line.is_empty()) {
            (Part::Headers, true) => self.after_head(),
            (Part::Headers, false) => {
                self.declared.read_header(&self.line);
                Part::Headers
            }
            (Part::Start, false) => {
                self.declared.read_first_line(&self.line);
                Part::Headers
            }
            (part, _) => part,
        }
    }

    fn after_head(&self) -> Part {
        match self.declared.body_end() {
            BodyEnd::Head => Part::End,
            BodyEnd::Length(length) => Part::Body(length),
            BodyEnd::LastChunk => Part::Chunks(ChunkPart::SizeFirst),
            BodyEnd::Connection => Part::Refused(RefusedHead::Endless),
            BodyEnd::Unclear => Part::Refused(RefusedHead::Unclear),
        }
    }
}

/// Returns the part of the request after a part of its chunks; `None` stands for bytes that are refused.
fn after_chunk_part(next: Option<ChunkPart>) -> Part {
    match next {
        Some(ChunkPart::End) => Part::End,
        Some(part) => Part::Chunks(part),
        None => Part::Malformed,
    }
}
