//! The output of a command: the beginning is kept, the rest is counted.

use std::fmt;

use super::command::NotStarted;
use crate::engine_http::{Frames, Stream};
use crate::error::Result;

/// The beginning of the output of a command. Each stream may fill half of the room, and more that the other leaves.
#[derive(Default)]
pub struct OutputBuffer {
    max_bytes: usize,
    /// The beginning of the standard output.
    pub stdout: Vec<u8>,
    /// The beginning of the standard error.
    pub stderr: Vec<u8>,
    /// The number of bytes of both that were left out.
    pub omitted: u64,
}

/// The output of a command so far, read from the engine's stream.
#[derive(Default)]
pub(super) struct Output {
    frames: Frames,
    pub(super) kept: OutputBuffer,
}

impl OutputBuffer {
    /// Creates one that keeps so many bytes of both streams together.
    pub fn new(max_bytes: usize) -> Self {
        Self { max_bytes, ..Self::default() }
    }

    /// Forgets the output, and keeps as much of what follows.
    pub fn clear(&mut self) {
        *self = Self::new(self.max_bytes);
    }

    /// Takes the next bytes of a stream.
    pub fn push(&mut self, stream: Stream, bytes: &[u8]) {
        let Self { max_bytes, stdout, stderr, omitted } = self;
        let (own, other) = match stream {
            Stream::Stdout => (stdout, stderr),
            Stream::Stderr => (stderr, stdout),
        };
        *omitted = omitted.saturating_add(make_room(own, other, bytes.len(), *max_bytes));
        let room = max_bytes.saturating_sub(own.len() + other.len());
        let (kept, rest) = bytes.split_at(room.min(bytes.len()));
        append(own, kept, *max_bytes);
        *omitted = omitted.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
    }
}

impl fmt::Debug for OutputBuffer {
    /// Leaves out the output, which may have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = (self.stdout.len(), self.stderr.len(), self.omitted);
        f.debug_struct("OutputBuffer").field("bytes", &bytes).finish_non_exhaustive()
    }
}

impl Output {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { kept: OutputBuffer::new(max_bytes), ..Self::default() }
    }

    /// Takes the next bytes of the engine's stream.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> Result<()> {
        let Self { frames, kept } = self;
        frames.read(bytes, |part| {
            on_output(part.stream, part.bytes);
            kept.push(part.stream, part.bytes);
        })
    }

    /// Returns the reason why a command was not started, by the engine's words, which it prints
    /// instead of the command's output. The code alone is ambiguous: Docker 20.10 with runc 1.1
    /// says 126 for all of them.
    pub(super) fn why_not_started(&self) -> NotStarted {
        let words = [&self.kept.stdout[..], &self.kept.stderr[..]].concat();
        let words = String::from_utf8_lossy(&words);
        let says = |text: &str| words.contains(text);
        let is_missing = says("no such file or directory");
        if says("unable to find user") || says("unable to find group") {
            NotStarted::NoUser
        } else if says("chdir to cwd") || says("Cwd must be") {
            NotStarted::NoWorkdir
        } else if says("executable file not found") || (says(": stat ") && is_missing) {
            NotStarted::NoProgram
        } else {
            NotStarted::Other
        }
    }

    /// Returns whether the stream ended between frames.
    pub(super) fn is_whole(&self) -> bool {
        self.frames.is_whole()
    }
}

/// Shortens the output to the other stream, so that neither leaves less than half of all room to
/// this one. Returns the number of bytes of it that are left out.
fn make_room(own: &[u8], other: &mut Vec<u8>, more: usize, most: usize) -> u64 {
    let half = most / 2;
    let free = most.saturating_sub(own.len() + other.len());
    let lacking = more.min(half.saturating_sub(own.len())).saturating_sub(free);
    let given = lacking.min(other.len().saturating_sub(half));
    other.truncate(other.len() - given);
    u64::try_from(given).unwrap_or(u64::MAX)
}

/// Appends to a buffer of at most this many bytes. A buffer that only doubles ends up with room for
/// 8 MB to keep 5.
fn append(buffer: &mut Vec<u8>, more: &[u8], most: usize) {
    if buffer.capacity() - buffer.len() < more.len() {
        let capacity = most.min(2 * buffer.capacity()).max(buffer.len() + more.len());
        buffer.reserve_exact(capacity - buffer.len());
    }
    buffer.extend_from_slice(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_the_output_is_kept_and_the_rest_counted() {
        let mut output = Output::new(5);
        let mut seen = 0;
        let bytes =
            [&[1, 0, 0, 0, 0, 0, 0, 4][..], b"abcd", &[2, 0, 0, 0, 0, 0, 0, 3], b"efg"].concat();
        for piece in bytes.chunks(3) {
            output.read(piece, &mut |_, part| seen += part.len()).unwrap();
        }
        assert_eq!((&output.kept.stdout[..], &output.kept.stderr[..]), (&b"abc"[..], &b"ef"[..]));
        assert_eq!((output.kept.omitted, seen, output.is_whole()), (2, 7, true));
    }

    #[test]
    fn each_stream_keeps_half_of_the_limit_if_both_exceed_it() {
        let frame = |kind: u8, text: &[u8]| {
            let length = u32::try_from(text.len()).unwrap().to_be_bytes();
            [&[kind, 0, 0, 0][..], &length, text].concat()
        };
        let bytes = [frame(2, &[b'e'; 20]), frame(1, b"abc"), frame(1, b"defgh"), frame(2, b"x")];
        let mut output = Output::new(10);
        output.read(&bytes.concat(), &mut |_, _| {}).unwrap();
        assert_eq!(
            (&output.kept.stdout[..], &output.kept.stderr[..]),
            (&b"abcde"[..], &b"eeeee"[..])
        );
        assert_eq!(output.kept.omitted, 19);
    }

    #[test]
    fn the_buffer_grows_by_doubling_up_to_the_limit() {
        let (mut buffer, mut grown, mut capacity) = (Vec::new(), 0, 0);
        while buffer.len() < 5_000 {
            append(&mut buffer, &[b'x'; 10], 5_000);
            grown += usize::from(buffer.capacity() != capacity);
            capacity = buffer.capacity();
        }
        assert_eq!(buffer.capacity(), 5_000);
        assert!(grown < 16, "{grown}: it doubles");
    }
}
