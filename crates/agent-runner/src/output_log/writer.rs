//! Writing an output, and the files that it consists of.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The sizes of an output's files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// The size of a file, in bytes.
    pub(crate) segment: u64,
    /// The number of files that are kept of the beginning.
    pub(crate) head: u64,
    /// The number of files that are kept of the end.
    pub(crate) tail: u64,
}

impl Layout {
    /// Ten files of 1 MiB.
    pub(crate) const USUAL: Self = Self { segment: 1 << 20, head: 5, tail: 5 };

    /// Returns the path of a file.
    pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
        folder.join(format!("{number:08}"))
    }

    /// Returns the file that is removed when this one is begun.
    pub(super) fn outdated(&self, number: u64) -> Option<u64> {
        number.checked_sub(self.tail).filter(|old| *old >= self.head)
    }
}

/// Writes an output, and removes what is between head and tail.
#[derive(Debug)]
pub(crate) struct Writer {
    folder: PathBuf,
    layout: Layout,
    /// The bytes that were written in all.
    total: u64,
    file: Option<File>,
}

impl Writer {
    /// Begins an output in a folder, which is created.
    pub(crate) fn create(folder: &Path, layout: Layout) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), layout, total: 0, file: None })
    }

    /// Writes what was printed next.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let within = self.total % self.layout.segment;
            if within == 0 {
                self.begin(self.total / self.layout.segment)?;
            }
            let room = usize::try_from(self.layout.segment - within).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            if let Some(file) = &mut self.file {
                file.write_all(now)?;
            }
            self.total += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    fn begin(&mut self, number: u64) -> io::Result<()> {
        self.file = Some(File::create(Layout::path(&self.folder, number))?);
        match self.layout.outdated(number) {
            Some(old) => fs::remove_file(Layout::path(&self.folder, old)),
            None => Ok(()),
        }
    }
}
