//! Reading an output, even while it is written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::writer::Layout;

/// The files of an output at one moment.
#[derive(Debug)]
pub(crate) struct Stored {
    folder: PathBuf,
    layout: Layout,
    /// The sizes of the files by their numbers.
    files: BTreeMap<u64, u64>,
}

/// A part of an output.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// The offset of its first byte in all that was printed.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Chunk {
    /// Returns the offset after its last byte.
    pub(crate) fn end_offset(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

impl Stored {
    /// Looks at an output; one of an agent that was not started is empty.
    pub(crate) fn open(folder: &Path, layout: Layout) -> Self {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let file = |entry: fs::DirEntry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            Some((number, entry.metadata().ok()?.len()))
        };
        Self { folder: folder.to_owned(), layout, files: entries.filter_map(file).collect() }
    }

    /// Returns how many bytes were printed in all.
    pub(crate) fn total(&self) -> u64 {
        self.files.last_key_value().map_or(0, |(number, size)| number * self.layout.segment + size)
    }

    /// Returns at most `max` bytes from an offset on, or from the next byte that is kept. The chunk is empty where nothing
    /// follows.
    pub(crate) fn read(&self, offset: u64, max: u64) -> io::Result<Chunk> {
        let mut chunk = Chunk { offset: offset.min(self.total()), bytes: Vec::new() };
        for (number, size) in self.files.range(offset / self.layout.segment..) {
            let begin = number * self.layout.segment;
            if chunk.bytes.is_empty() {
                chunk.offset = chunk.offset.max(begin);
            } else if chunk.end_offset() != begin {
                break;
            }
            let skipped = chunk.end_offset().saturating_sub(begin);
            let wanted = size.saturating_sub(skipped).min(max - chunk.bytes.len() as u64);
            if wanted > 0 && !self.append(*number, (skipped, wanted), &mut chunk.bytes)? {
                break;
            }
        }
        Ok(chunk)
    }

    /// Appends a part of a file, and returns false if it was removed meanwhile.
    fn append(&self, number: u64, (from, count): (u64, u64), to: &mut Vec<u8>) -> io::Result<bool> {
        let mut file = match File::open(Layout::path(&self.folder, number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        file.seek(SeekFrom::Start(from))?;
        file.take(count).read_to_end(to)?;
        Ok(true)
    }

    /// Returns head and tail of at most `max` bytes together, and whether something is left out.
    pub(crate) fn excerpt(&self, max: u64) -> io::Result<(String, bool)> {
        let total = self.total();
        if total <= max {
            return Ok((text(&self.read(0, max)?.bytes), false));
        }
        let head = self.read(0, max / 4)?;
        let tail = self.read(total - (max - max / 4), max)?;
        let omitted = tail.offset.saturating_sub(head.end_offset());
        let (head, tail) = (text(&head.bytes), text(&tail.bytes));
        Ok((format!("{head}\n[… {omitted} bytes omitted …]\n{tail}"), true))
    }
}

/// Returns bytes as text, without control characters that move a terminal's cursor.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output_log::Writer;

    const SMALL: Layout = Layout { segment: 4, head: 2, tail: 2 };

    fn write_output(parts: &[Vec<u8>]) -> (tempfile::TempDir, Vec<u8>, Stored) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path(), SMALL).unwrap();
        for part in parts {
            writer.write(part).unwrap();
        }
        let stored = Stored::open(folder.path(), SMALL);
        (folder, parts.concat(), stored)
    }

    proptest! {
        #[test]
        fn any_output_is_read_from_any_offset_without_gaps_in_the_kept_parts(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9),
            offset in 0_u64..80,
            max in 1_u64..40,
        ) {
            let (folder, whole, stored) = write_output(&parts);
            prop_assert_eq!(stored.total(), whole.len() as u64);
            prop_assert!(fs::read_dir(folder.path()).unwrap().count() <= 4);
            let chunk = stored.read(offset, max).unwrap();
            let at = usize::try_from(chunk.offset).unwrap();
            prop_assert_eq!(&whole[at..at + chunk.bytes.len()], &chunk.bytes[..]);
            prop_assert!(chunk.bytes.len() as u64 <= max);
            if offset < stored.total() {
                prop_assert!(!chunk.bytes.is_empty() && chunk.offset >= offset);
                let is_kept = offset < 8 || offset / 4 + 2 > (stored.total() - 1) / 4;
                prop_assert!(!is_kept || chunk.offset == offset);
            } else {
                prop_assert!(chunk.bytes.is_empty());
            }
        }
    }

    #[test]
    fn an_excerpt_reports_the_omitted_part() {
        let (_folder, _, stored) = write_output(&[b"abcdefghijklmnopqrstuvwxyz".to_vec()]);
        assert_eq!(
            stored.excerpt(8).unwrap(),
            ("ab\n[… 18 bytes omitted …]\nuvwxyz".to_owned(), true)
        );
        let (_folder, _, short) = write_output(&[b"a\x1b[1m\tb\r\n".to_vec()]);
        assert_eq!(short.excerpt(100).unwrap(), ("a[1m\tb\n".to_owned(), false));
    }
}
