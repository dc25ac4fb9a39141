//! The lines of a log.

use std::fmt;

use covibe_domain::Timestamp;

use crate::wire::Stream;

/// A line of a log.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was printed.
    pub at: Timestamp,
    /// The stream that it was printed to.
    pub stream: Stream,
    /// The line without its newline. Docker's usual driver (`json-file`) stores text: bytes that are not
    /// UTF-8 arrive as U+FFFD.
    pub text: Vec<u8>,
}

/// A part of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// The lines in the order in which the engine received them.
    pub lines: Vec<LogLine>,
    /// True if `max_bytes` left older lines out, or the end of the only one.
    pub cut: bool,
    /// The number of older lines that `max_bytes` left out.
    pub left_out: usize,
}

/// The lines of a log that were searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLines {
    /// The newest of them, in the order in which the engine received them.
    pub lines: Vec<LogLine>,
    /// The number of lines that were found.
    pub matches: usize,
    /// The number of lines that were looked at.
    pub seen: usize,
    /// True if all lines that the query allows were looked at, not only the newest ones.
    pub is_whole: bool,
}

impl fmt::Debug for LogLine {
    /// Leaves out the text, which may have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, stream, text } = self;
        write!(f, "LogLine({at}, {stream:?}, {} bytes)", text.len())
    }
}
