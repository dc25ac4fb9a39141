//! An entry of a commit's tree.

/// The bytes of memory that an entry of a collection takes besides its texts, at most: its part of a node, and the
/// allocations of the texts.
pub(crate) const OVERHEAD: usize = 128;

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A file.
    File,
    /// A symbolic link; its blob is the target.
    Link,
    /// A folder.
    Folder,
    /// A submodule; its id is a commit of another repository.
    Submodule,
    /// Anything else, which git does not write today.
    Other,
}

impl Mode {
    /// Reads git's octal digits.
    pub fn parse(digits: &str) -> Self {
        match digits.trim_start_matches('0') {
            "100644" | "100755" | "100664" => Self::File,
            "120000" => Self::Link,
            "40000" => Self::Folder,
            "160000" => Self::Submodule,
            _ => Self::Other,
        }
    }
}

/// An entry of a commit's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the root, without a leading slash.
    pub path: String,
    /// Its kind.
    pub mode: Mode,
    /// The hash of its object.
    pub id: String,
    /// The size of its blob in bytes, where it is known.
    pub size: Option<u64>,
}

impl Entry {
    /// Returns the folder that it is in; empty for the root.
    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Returns the last segment of its path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_modes_are_parsed_with_and_without_leading_zeros() {
        assert_eq!(Mode::parse("040000"), Mode::Folder);
        assert_eq!(Mode::parse("40000"), Mode::Folder);
        assert_eq!(Mode::parse("120000"), Mode::Link);
        assert_eq!(Mode::parse("160000"), Mode::Submodule);
        assert_eq!(Mode::parse("100755"), Mode::File);
        assert_eq!(Mode::parse("140000"), Mode::Other);
    }
}
