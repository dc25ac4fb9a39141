//! The programs that rehearsals start.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell;

/// Returns the program of a package, which is built unless it is given.
pub(super) fn built(given: Option<&PathBuf>, package: &str) -> Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given.canonicalize()?);
    }
    shell::build_program(package)
}
