//! The programs as they ship.
//!
//! The tests get copies, because a build that runs beside them replaces a program. Each is built by itself, as for a
//! customer; `crates/workspace-hack` sees to it that its dependencies have the same features as in a build of the
//! tests, so that they are compiled once.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::affected_packages::Selection;
use crate::shell;

/// The program that restricts an account of a docker host.
const GATE: &str = "covibe-docker-gate";

/// The programs that tests start, and the environment variables with their paths.
const PROGRAMS: [(&str, &str); 2] =
    [("covibe-server", "COVIBE_SERVER_BINARY"), (GATE, "COVIBE_TEST_GATE")];

/// Builds the programs that the selected tests start, each alone and optimized if `is_release`, and returns the
/// variables that lead to copies that no other build replaces.
pub(super) fn programs(
    selection: &Selection,
    is_release: bool,
) -> Result<Vec<(&'static str, PathBuf)>> {
    // Many packages start the gate, which is small; one starts the server.
    let is_started = |package| package == GATE || selection.contains(package);
    let started = PROGRAMS.into_iter().filter(|(package, _)| is_started(package));
    started.map(|(package, variable)| Ok((variable, program(package, is_release)?))).collect()
}

fn program(package: &str, is_release: bool) -> Result<PathBuf> {
    let mut cargo = shell::cargo(["build", "--package", package]);
    if is_release {
        cargo.arg("--release");
    }
    shell::run(&mut cargo)?;
    let target = shell::target()?;
    let name = format!("{package}{}", std::env::consts::EXE_SUFFIX);
    let built = target.join(if is_release { "release" } else { "debug" }).join(&name);
    let folder = target.join("shipped");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let copy = folder.join(name);
    // A running copy of an earlier run can't be overwritten, only replaced.
    let fresh = folder.join(format!("{package}.{}", std::process::id()));
    std::fs::copy(&built, &fresh).with_context(|| built.display().to_string())?;
    std::fs::rename(&fresh, &copy).with_context(|| copy.display().to_string())?;
    Ok(copy)
}
