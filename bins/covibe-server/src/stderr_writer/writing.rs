//! Writing a line.

use std::io::Write;

/// Writes a line. A closed pipe is ignored.
pub(super) fn write(to: &mut impl Write, line: &[u8]) {
    let _closed = to.write_all(line);
}
