//! The binary that the tests start.

use std::ffi::OsString;

/// Returns the path of the server's binary: the one that ships, which `cargo xtask test` builds for
/// itself, or else the one that cargo built along with the tests.
pub(crate) fn path() -> OsString {
    let shipped = std::env::var_os("COVIBE_SERVER_BINARY");
    shipped.unwrap_or_else(|| env!("CARGO_BIN_EXE_covibe-server").into())
}
