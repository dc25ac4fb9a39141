//! The server's binary as it ships.
//!
//! `cargo test --workspace` builds the server with every feature that a test dependency switches
//! on. A server that lacks one of them passes such tests and fails at a customer's. So the tests
//! that start the server as a process get this binary, built for itself.

use std::path::PathBuf;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

use crate::shell;

/// The environment variable that tells tests where the binary is.
pub(super) const VARIABLE: &str = "COVIBE_SERVER_BINARY";

const PACKAGE: &str = "covibe-server";

/// Builds the server alone, optimized if `is_release`, and returns the path of a copy that no other
/// build replaces.
pub(super) fn server(is_release: bool) -> Result<PathBuf> {
    let mut cargo = shell::cargo(["build", "--package", PACKAGE]);
    if is_release {
        cargo.arg("--release");
    }
    shell::run(&mut cargo)?;
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    let target = metadata.target_directory.into_std_path_buf();
    let name = format!("{PACKAGE}{}", std::env::consts::EXE_SUFFIX);
    let built = target.join(if is_release { "release" } else { "debug" }).join(&name);
    let folder = target.join("shipped");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let copy = folder.join(name);
    // A running copy of an earlier run can't be overwritten, only replaced.
    let fresh = folder.join(format!("{PACKAGE}.{}", std::process::id()));
    std::fs::copy(&built, &fresh).with_context(|| built.display().to_string())?;
    std::fs::rename(&fresh, &copy).with_context(|| copy.display().to_string())?;
    Ok(copy)
}
