//! The cargo subcommands that the gates need, at fixed versions, below the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::shell;

/// A program that `cargo install` builds.
pub(crate) struct Tool {
    /// The name of the package and of its program.
    pub(crate) name: &'static str,
    version: &'static str,
}

/// Checks licences, sources, advisories and forbidden crates.
pub(crate) const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// Finds dependencies that no source file names.
pub(crate) const MACHETE: Tool = Tool { name: "cargo-machete", version: "0.9.2" };

/// Writes the bill of materials of a program.
pub(crate) const SBOM: Tool = Tool { name: "cargo-sbom", version: "0.10.0" };

/// The timeout of the registry's answer that it knows a package.
const PATIENCE: Duration = Duration::from_mins(1);

/// Returns the program of a tool, and installs it first where it is missing. Prints a message and
/// returns `None` where it can't be installed; in CI, that is an error unless the registry can't be
/// reached.
pub(crate) fn ensure(tool: &Tool) -> Result<Option<PathBuf>> {
    let folder = folder()?;
    if let Some(program) = find(tool, &folder) {
        return Ok(Some(program));
    }
    let package = format!("{}@{}", tool.name, tool.version);
    let mut known = shell::cargo(["info", "--quiet", &package]);
    if shell::run_within(&mut known, PATIENCE).is_err() {
        println!("Skipped: {package} is not installed, and no registry offers it here.");
        return Ok(None);
    }
    let is_ci = std::env::var_os("CI").is_some();
    settle(install(tool, &folder).map(|()| find(tool, &folder)), is_ci)
}

/// Decides on a failed installation: an error in CI, a gate that is skipped elsewhere.
fn settle(installed: Result<Option<PathBuf>>, is_ci: bool) -> Result<Option<PathBuf>> {
    match installed {
        Err(error) if !is_ci => {
            println!("Skipped: {error:#}");
            Ok(None)
        }
        other => other,
    }
}

fn install(tool: &Tool, folder: &Path) -> Result<()> {
    let Tool { name, version } = tool;
    println!("Installing {name} {version} into {}; this takes a few minutes.", folder.display());
    let build = folder.join("build");
    // Unoptimised: it runs for seconds, and optimising it takes minutes.
    let arguments = ["install", name, "--debug", "--locked", "--quiet", "--version", version];
    let mut command = shell::cargo(arguments);
    command.arg("--root").arg(folder).arg("--target-dir").arg(&build);
    // Without what only a debugger reads, and with a compiler that does not judge it.
    command.env("CARGO_PROFILE_DEV_DEBUG", "false").env_remove(shell::COMPILER);
    shell::run(&mut command)?;
    std::fs::remove_dir_all(&build).with_context(|| build.display().to_string())
}

/// The program at its version: among those installed here, or on PATH.
fn find(tool: &Tool, folder: &Path) -> Option<PathBuf> {
    let own = folder.join("bin").join(tool.name);
    let candidates = own.is_file().then_some(own).into_iter().chain(shell::which(tool.name));
    candidates.into_iter().find(|program| {
        let printed = shell::read_output(Command::new(program).arg("--version"));
        printed.is_ok_and(|text| text.split_whitespace().last() == Some(tool.version))
    })
}

/// Where the tools are installed; it is kept between runs.
pub(crate) fn folder() -> Result<PathBuf> {
    Ok(shell::target()?.join("tools"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_tool_installation_is_an_error_only_in_ci() {
        let failed = || Err(anyhow::anyhow!("does not compile"));
        assert!(settle(failed(), true).is_err());
        assert_eq!(settle(failed(), false).unwrap(), None);
        let program = Some(PathBuf::from("/bin/cargo-x"));
        assert_eq!(settle(Ok(program.clone()), false).unwrap(), program);
    }

    #[cfg(unix)]
    #[test]
    fn a_tool_of_another_version_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bin/cargo-none");
        std::fs::create_dir(program.parent().unwrap()).unwrap();
        shell::write_script(&program, "echo cargo-none 1.2.3");
        let find = |version| find(&Tool { name: "cargo-none", version }, folder.path());
        assert_eq!(find("1.2.3"), Some(program));
        assert_eq!(find("1.2.4"), None);
    }
}
