//! The only module that writes to the terminal.

use std::io::{self, Write};

/// Writes a line to stdout. A closed pipe is ignored.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _closed = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes a line to stderr. A closed pipe is ignored.
pub(crate) fn error(text: &str) {
    let _closed = writeln!(io::stderr().lock(), "{text}");
}
