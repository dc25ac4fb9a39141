//! The output of a command: head and tail of it are kept.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The maximum number of bytes that are read of a command; with more, it is ended.
pub(in crate::workspace) const MAX_READ: usize = 5 * 1024 * 1024;

/// The maximum number of bytes that are kept of a command's two streams together: a quarter of each stream's half is
/// its head.
const MAX_KEPT: usize = 1024 * 1024;

const HEAD: usize = MAX_KEPT / 8;
const TAIL: usize = MAX_KEPT / 2 - HEAD;

/// One stream of a command.
#[derive(Debug, Default)]
pub(in crate::workspace) struct Captured {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// The number of bytes that were read.
    pub(in crate::workspace) size: usize,
}

/// Both streams.
#[derive(Debug, Default)]
pub(in crate::workspace) struct Output {
    pub(in crate::workspace) stdout: Captured,
    pub(in crate::workspace) stderr: Captured,
}

impl Captured {
    fn add(&mut self, bytes: &[u8]) {
        self.size += bytes.len();
        let (head, tail) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(tail);
        let excess = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..excess);
    }

    /// Returns what is kept, as a text.
    pub(in crate::workspace) fn text(&self) -> String {
        let left_out = self.size - self.head.len() - self.tail.len();
        let mut bytes = self.head.clone();
        if left_out > 0 {
            bytes.extend_from_slice(format!("\n[… {left_out} bytes left out …]\n").as_bytes());
        }
        bytes.extend(&self.tail);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Reads a stream to its end, or until all streams together have given too much.
pub(super) async fn capture(
    stream: Option<impl AsyncRead + Unpin>,
    captured: &mut Captured,
    total: &AtomicUsize,
) -> Result<(), TooMuch> {
    let Some(mut stream) = stream else { return Ok(()) };
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return Ok(());
        }
        captured.add(&buffer[..count]);
        if total.fetch_add(count, Ordering::Relaxed) + count > MAX_READ {
            return Err(TooMuch);
        }
    }
}

/// A command printed more than is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_head_and_tail_of_long_output_are_kept() {
        let mut captured = Captured::default();
        for number in 0..200_000 {
            captured.add(format!("{number}\n").as_bytes());
        }
        let text = captured.text();
        assert!(text.len() < MAX_KEPT / 2 + 100);
        assert!(text.starts_with("0\n1\n") && text.ends_with("199999\n"));
        assert!(text.contains("bytes left out"));
        let mut small = Captured::default();
        small.add(b"a\xff");
        assert_eq!(small.text(), "a\u{fffd}");
    }
}
