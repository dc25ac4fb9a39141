//! The files of an output.

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
