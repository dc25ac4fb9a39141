//! The one place that writes to the terminal.

use std::io::{self, Write};

/// Writes lines for whoever asked; a reader that went away ends it quietly.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _closed = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes lines for whoever watches.
pub(crate) fn error(text: &str) {
    let _closed = writeln!(io::stderr().lock(), "{text}");
}
