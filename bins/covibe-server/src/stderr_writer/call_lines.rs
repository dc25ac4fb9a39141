//! The lines of calls: kept until the thread writes them together, and never folded.
//!
//! Waking the thread for each of them would cost more than all the rest of the line.

use std::io;
use std::sync::{Mutex, PoisonError};

use super::writing::write;

/// The maximum number of bytes that wait to be written: about 4,000 lines. They have a place of their own,
/// so that calls leave other lines theirs.
const CAPACITY: usize = 1024 * 1024;

/// The memory, in bytes, that is kept for the next lines.
const KEPT: usize = 64 * 1024;

/// Lines of calls that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<Vec<u8>>);

impl Calls {
    /// Creates one without lines.
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Adds a line; returns whether there was a place for it.
    pub(super) fn add(&self, line: &[u8]) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_place = waiting.len() + line.len() <= CAPACITY;
        if has_place {
            waiting.extend_from_slice(line);
        }
        has_place
    }

    /// Writes all lines. Lines that are added meanwhile wait for the next time.
    pub(super) fn write(&self, spare: &mut Vec<u8>, to: &mut impl io::Write) {
        spare.clear();
        std::mem::swap(spare, &mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if !spare.is_empty() {
            write(to, spare);
        }
        if spare.capacity() > KEPT {
            *spare = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_lines_are_written_in_order_and_never_folded() {
        let (calls, mut spare, mut written) = (Calls::new(), Vec::new(), Vec::new());
        for _ in 0..3 {
            assert!(calls.add(b"0 INFO same\n"));
        }
        calls.write(&mut spare, &mut written);
        assert!(calls.add(b"1 INFO next\n"));
        calls.write(&mut spare, &mut written);
        calls.write(&mut spare, &mut written);
        assert_eq!(written, b"0 INFO same\n0 INFO same\n0 INFO same\n1 INFO next\n");
    }

    #[test]
    fn waiting_call_lines_are_bounded_in_bytes() {
        let calls = Calls::new();
        let kept = (0..3 * CAPACITY / 100).filter(|_| calls.add(&[b'x'; 100])).count();
        assert_eq!(kept, CAPACITY / 100);
        calls.write(&mut Vec::new(), &mut io::sink());
        assert!(calls.add(b"x"));
    }
}
