//! Output of commands to the terminal.

use std::io::{self, Write};

use crate::stderr_writer;

/// Writes a line to stdout. A closed pipe is ignored.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _closed = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a line to stderr, in order with the log. A closed pipe is ignored.
pub(crate) fn error(text: &str) {
    stderr_writer::write_plain(text);
}
