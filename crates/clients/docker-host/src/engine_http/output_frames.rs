//! The frames in which Docker sends stdout and stderr on one stream.

use crate::error::{Error, Result};

/// An output of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output; both outputs of a container with a terminal.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A part of a frame's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) stream: Stream,
    pub(crate) bytes: &'a [u8],
    /// True if the frame ends with it.
    pub(crate) is_last: bool,
}

/// Takes frames apart without holding their content, however long they say they are.
///
/// A frame begins with eight bytes: the output, three zeros, and the length, big-endian.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    header: [u8; 8],
    /// The number of bytes of the header that are there.
    filled: usize,
    /// The number of bytes of the content that are to come.
    left: usize,
}

impl Frames {
    /// Takes the next bytes and calls `each` with every part in them.
    ///
    /// # Errors
    /// Fails on anything but a frame, and on the frame by which the engine reports its own failure.
    pub(crate) fn read(&mut self, mut bytes: &[u8], mut each: impl FnMut(Part<'_>)) -> Result<()> {
        while !bytes.is_empty() {
            if self.left == 0 && (!self.begin(&mut bytes)? || bytes.is_empty()) {
                continue;
            }
            let (part, rest) = bytes.split_at(self.left.min(bytes.len()));
            self.left -= part.len();
            each(Part { stream: self.stream()?, bytes: part, is_last: self.left == 0 });
            bytes = rest;
        }
        Ok(())
    }

    /// Returns whether the bytes so far end with a whole frame.
    pub(crate) fn is_whole(&self) -> bool {
        self.left == 0 && self.filled.is_multiple_of(self.header.len())
    }

    /// Takes bytes of a header; returns whether content follows.
    fn begin(&mut self, bytes: &mut &[u8]) -> Result<bool> {
        if self.filled == self.header.len() {
            self.filled = 0;
        }
        let missing = self.header.len() - self.filled;
        let (part, rest) = bytes.split_at(missing.min(bytes.len()));
        self.header[self.filled..self.filled + part.len()].copy_from_slice(part);
        self.filled += part.len();
        *bytes = rest;
        if self.filled < self.header.len() {
            return Ok(false);
        }
        self.stream()?;
        let [.., a, b, c, d] = self.header;
        self.left = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        Ok(self.left > 0)
    }

    fn stream(&self) -> Result<Stream> {
        match self.header {
            [0 | 1, 0, 0, 0, ..] => Ok(Stream::Stdout),
            [2, 0, 0, 0, ..] => Ok(Stream::Stderr),
            // Docker calls it `Systemerr`: its text says why the engine can't go on.
            [3, 0, 0, 0, ..] => Err(Error::Engine { status: 500 }),
            _ => Err(Error::Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 0, 0, 0], &length, content].concat()
    }

    /// Reads the bytes in pieces of a size; returns both outputs and the number of whole frames.
    fn read(bytes: &[u8], size: usize) -> Result<(Vec<u8>, Vec<u8>, usize)> {
        let (mut frames, mut out, mut err, mut whole) = (Frames::default(), vec![], vec![], 0);
        for piece in bytes.chunks(size) {
            frames.read(piece, |part| {
                let target = if part.stream == Stream::Stdout { &mut out } else { &mut err };
                target.extend_from_slice(part.bytes);
                whole += usize::from(part.is_last);
            })?;
        }
        assert!(frames.is_whole());
        Ok((out, err, whole))
    }

    #[test]
    fn frames_are_split_from_pieces_of_any_size() {
        let all = [frame(1, b"out\0"), frame(2, b"\xff"), frame(1, b""), frame(1, b"put")].concat();
        for size in 1..=all.len() {
            assert_eq!(read(&all, size), Ok((b"out\0put".into(), b"\xff".into(), 3)), "{size}");
        }
    }

    #[test]
    fn the_content_of_a_4_gib_frame_is_passed_on_as_it_arrives() {
        let mut frames = Frames::default();
        let mut seen = 0;
        let head = [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
        frames.read(&head, |_| panic!("no content yet")).unwrap();
        frames.read(&[7; 1000], |part| seen += part.bytes.len()).unwrap();
        assert_eq!((seen, frames.is_whole()), (1000, false));
    }

    #[test]
    fn refuses_malformed_frames() {
        assert_eq!(read(&frame(3, b"the engine's text"), 5), Err(Error::Engine { status: 500 }));
        assert_eq!(read(b"HTTP/1.1 400", 5), Err(Error::Malformed));
    }
}
