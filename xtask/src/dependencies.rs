//! The gates over the dependencies: which may come in, and whether each is used.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use cargo_metadata::{MetadataCommand, Package};

use crate::{cargo_tools, shell};

/// The timeout of the download of the dependencies' sources.
const FETCH: Duration = Duration::from_mins(5);

/// The timeout of the download of the advisories.
const ADVISORIES: Duration = Duration::from_mins(1);

/// Checks licences, forbidden crates and sources against `deny.toml`, and the advisories where
/// their database can be reached.
pub(crate) fn deny() -> Result<()> {
    let Some(deny) = cargo_tools::ensure(&cargo_tools::DENY)? else { return Ok(()) };
    // Those for other platforms too, which a build does not download.
    if let Err(error) = shell::run_within(&mut shell::cargo(["fetch", "--locked"]), FETCH) {
        println!("Skipped: the dependencies' sources could not be downloaded: {error:#}");
        return Ok(());
    }
    shell::run(&mut command_of(&deny, &["--offline", "check", "licenses", "bans", "sources"]))?;
    advisories(&deny)
}

fn advisories(deny: &Path) -> Result<()> {
    if let Err(error) = shell::run_within(&mut command_of(deny, &["fetch", "db"]), ADVISORIES) {
        println!("Skipped: the database of advisories could not be downloaded: {error:#}");
        return Ok(());
    }
    shell::run(&mut command_of(deny, &["check", "advisories"]))
}

/// Fails if a manifest names a dependency that no source file of its crate names.
pub(crate) fn check_unused() -> Result<()> {
    let Some(machete) = cargo_tools::ensure(&cargo_tools::MACHETE)? else { return Ok(()) };
    shell::run(command_of(&machete, &[]).args(folders()?))
}

/// Returns the folders of the crates that name their dependencies in code; one crate has features of
/// dependencies alone.
fn folders() -> Result<Vec<PathBuf>> {
    let metadata = MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    let packages = metadata.packages.iter().filter(|package| package.name != "workspace-hack");
    let folder = |package: &Package| package.manifest_path.with_file_name("").into_std_path_buf();
    Ok(packages.map(folder).collect())
}

fn command_of(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(shell::root());
    command
}
