//! A violation that a rule reports.

use std::fmt;

/// One violation: its place, and its remedy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// The file's path, relative to the root.
    pub(super) path: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// The remedy.
    pub(super) message: String,
}

impl Finding {
    /// Creates a finding; `line` counts from 1.
    pub(super) fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}
