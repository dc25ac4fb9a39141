//! Files that a caller passes: their paths and contents, checked before anything is sent.

mod input;
mod paths;

pub(crate) use input::{MAX_BYTES, MAX_CONTENT, MAX_FILES, MAX_PATH, NewFile, content, decoded};
pub(crate) use paths::{check_together, folders, problem_of};

/// The attribute of lists of files that may also be given as an object of paths and texts.
pub(crate) const KEYED: [&str; 2] = ["path", "content"];

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The path from the root, checked.
    pub(crate) path: String,
    /// The content.
    pub(crate) bytes: Vec<u8>,
}
