//! Files that a caller passes: their paths and contents, checked before anything is sent.

mod file_input;
mod file_remarks;
mod paths;

use std::sync::Arc;

pub(crate) use file_input::{
    MAX_BYTES, MAX_CONTENT, MAX_FILES, MAX_PATH, NewFile, check_size, content, decode_files,
};
pub(crate) use file_remarks::remarks;
pub(crate) use paths::{check_together, folders, problem_of};

/// The attribute of lists of files that may also be given as an object of paths and texts.
pub(crate) const KEYED: [&str; 2] = ["path", "content"];

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The path from the root, checked.
    pub(crate) path: String,
    /// The content.
    pub(crate) bytes: Arc<[u8]>,
    /// True if it can be executed; `None` if the caller does not say so.
    pub(crate) executable: Option<bool>,
}

impl File {
    /// Returns whether it can be executed where it is a new file: as the caller says, else if it names its
    /// interpreter.
    pub(crate) fn is_executable(&self) -> bool {
        self.executable.unwrap_or_else(|| self.bytes.starts_with(SHEBANG))
    }
}

/// The beginning of a script, before the path of its interpreter.
const SHEBANG: &[u8] = b"#!";
