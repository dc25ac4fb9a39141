//! The output of a command: the beginning is kept, the rest is counted.

use crate::error::Result;
use crate::wire::{Frames, Stream};

/// What a command printed so far.
#[derive(Default)]
pub(super) struct Output {
    frames: Frames,
    max_bytes: usize,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) omitted: u64,
}

impl Output {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, ..Self::default() }
    }

    /// Takes the next bytes of the engine's stream.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> Result<()> {
        let Self { frames, max_bytes, stdout, stderr, omitted } = self;
        frames.read(bytes, |part| {
            on_output(part.stream, part.bytes);
            let room = max_bytes.saturating_sub(stdout.len() + stderr.len());
            let (kept, rest) = part.bytes.split_at(room.min(part.bytes.len()));
            match part.stream {
                Stream::Stdout => append(stdout, kept, *max_bytes),
                Stream::Stderr => append(stderr, kept, *max_bytes),
            }
            *omitted = omitted.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
        })
    }

    /// Returns whether the engine's words, which it prints instead of a command that it can't start, say
    /// that there is no such program. The code alone does not: Docker 20.10 with runc 1.1 says 126.
    pub(super) fn says_no_program(&self) -> bool {
        let words = [&self.stdout[..], &self.stderr[..]].concat();
        let words = String::from_utf8_lossy(&words);
        let is_missing = words.contains(": stat ") && words.contains("no such file or directory");
        is_missing || words.contains("executable file not found")
    }

    /// Returns whether the stream ended between frames.
    pub(super) fn is_whole(&self) -> bool {
        self.frames.is_whole()
    }
}

/// Appends to a buffer of at most this many bytes. A buffer that only doubles ends up with room for 8 MB to keep 5.
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
    fn keeps_the_beginning_and_counts_the_rest() {
        let mut output = Output::new(5);
        let mut seen = 0;
        let bytes =
            [&[1, 0, 0, 0, 0, 0, 0, 4][..], b"abcd", &[2, 0, 0, 0, 0, 0, 0, 3], b"efg"].concat();
        for piece in bytes.chunks(3) {
            output.read(piece, &mut |_, part| seen += part.len()).unwrap();
        }
        assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"abcd"[..], &b"e"[..]));
        assert_eq!((output.omitted, seen, output.is_whole()), (2, 7, true));
    }

    #[test]
    fn takes_no_more_memory_than_it_may_keep() {
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
