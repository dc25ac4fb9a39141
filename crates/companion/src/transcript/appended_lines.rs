//! Reads the lines that were added to a file.

use covibe_domain::companion::TokenCounts;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use serde::{Deserialize, Serialize};

/// The maximum number of bytes that are read in a call.
const MAX_PIECE: usize = 4 * 1024 * 1024;

/// The maximum length of a line; a longer one is skipped.
const MAX_LINE: usize = 1024 * 1024;

/// The size of a read.
const CHUNK: usize = 64 * 1024;

/// The place in a file up to which its lines were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    offset: u64,
    /// True if the position is within a line that is skipped.
    is_skipping: bool,
}

impl Position {
    pub(super) const fn offset(self) -> u64 {
        self.offset
    }
}

/// Passes the whole lines that follow a place, and moves the place. Returns whether it was moved.
pub(super) fn read(
    file: &mut File,
    position: &mut Position,
    mut each: impl FnMut(&[u8]),
) -> io::Result<bool> {
    let before = *position;
    file.seek(SeekFrom::Start(position.offset))?;
    let (mut line, mut chunk, mut total) = (Vec::new(), vec![0; CHUNK], 0);
    while total < MAX_PIECE {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        total += count;
        for part in chunk[..count].split_inclusive(|byte| *byte == b'\n') {
            take(part, &mut line, position, &mut each);
        }
    }
    Ok(*position != before)
}

/// Adds a part of a line. The place moves with a whole line, and with each part of one that is skipped.
fn take(part: &[u8], line: &mut Vec<u8>, position: &mut Position, each: &mut impl FnMut(&[u8])) {
    let is_last = part.ends_with(b"\n");
    if position.is_skipping {
        position.offset += part.len() as u64;
        position.is_skipping = !is_last;
        return;
    }
    line.extend_from_slice(part);
    if line.len() > MAX_LINE {
        position.is_skipping = !is_last;
    } else if is_last {
        each(line);
    } else {
        return;
    }
    position.offset += line.len() as u64;
    line.clear();
}

/// Adds the tokens of two records.
pub fn add(a: TokenCounts, b: TokenCounts) -> TokenCounts {
    TokenCounts {
        input: a.input.saturating_add(b.input),
        output: a.output.saturating_add(b.output),
        cache_read: a.cache_read.saturating_add(b.cache_read),
        cache_write: a.cache_write.saturating_add(b.cache_write),
    }
}

/// The maximum number of tokens of an answer that is believed.
pub(super) const MAX_TOKENS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn all(file: &mut File, position: &mut Position) -> Vec<usize> {
        let mut lengths = Vec::new();
        while read(file, position, |line| lengths.push(line.len())).unwrap() {}
        lengths
    }

    #[test]
    fn each_line_is_read_once_and_overlong_ones_are_skipped() {
        let mut file = tempfile::tempfile().unwrap();
        let mut position = Position::default();
        file.write_all(b"abc\nde").unwrap();
        assert_eq!(all(&mut file, &mut position), [4]);
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(b"f\n").unwrap();
        file.write_all(&vec![b'x'; 9 * 1024 * 1024]).unwrap();
        assert_eq!(all(&mut file, &mut position), [4]);
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(b"\nlast\n").unwrap();
        assert_eq!(all(&mut file, &mut position), [5]);
        assert_eq!(position.offset(), file.metadata().unwrap().len());
    }
}
