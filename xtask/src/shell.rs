//! Runs commands in the repository's root.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;

/// The interval at which a command with a time limit is polled.
const POLL: Duration = Duration::from_millis(50);

/// Returns the repository's root: the parent of the folder that this crate was built from.
pub(crate) fn root() -> PathBuf {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.parent().unwrap_or(manifest_dir).to_owned()
}

/// The environment variable that names the program that cargo calls in place of rustc for the crates of a workspace.
pub(crate) const COMPILER: &str = "RUSTC_WORKSPACE_WRAPPER";

/// Returns a cargo command in the repository's root, of the toolchain that runs this program.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(root());
    // Cargo set these for this program. Some build scripts would run again because of them.
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_package(name)) {
        command.env_remove(name);
    }
    command
}

/// Returns cargo's target folder.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    Ok(metadata.target_directory.into())
}

/// Builds the program of a package, which has its name. Returns its path.
pub(crate) fn build_program(package: &str) -> Result<PathBuf> {
    run(&mut cargo(["build", "--quiet", "--package", package]))?;
    Ok(target()?.join("debug").join(package))
}

/// Returns the program of a package, which is built unless it is given.
pub(crate) fn given_or_built_program(given: Option<&PathBuf>, package: &str) -> Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given.canonicalize()?);
    }
    build_program(package)
}

/// Returns what git prints in the repository's root.
pub(crate) fn git(arguments: &[&str]) -> Result<String> {
    read_output(Command::new("git").args(arguments).current_dir(root()))
}

/// Returns whether an environment variable describes the package that cargo runs.
fn is_of_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Runs a command on this terminal; fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let spelled = spell(command);
    let status = command.status().with_context(|| format!("`{spelled}` did not start"))?;
    ensure!(status.success(), "`{spelled}` failed ({status})");
    Ok(())
}

/// Runs a command and discards its output; kills it and fails when it takes longer than `limit`.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let spelled = spell(command);
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = ended_within(silent, &spelled, limit)?.wait()?;
    ensure!(status.success(), "`{spelled}` failed ({status})");
    Ok(())
}

/// Returns a command's stdout; kills it and fails when it takes longer than `limit`. The output has to fit into a pipe.
pub(crate) fn read_within(command: &mut Command, limit: Duration) -> Result<String> {
    let spelled = spell(command);
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    printed_text(&spelled, ended_within(piped, &spelled, limit)?.wait_with_output()?)
}

/// Starts a command and waits for its end; kills it and fails when it takes longer than `limit`.
fn ended_within(command: &mut Command, spelled: &str, limit: Duration) -> Result<Child> {
    let mut child = command.spawn().with_context(|| format!("`{spelled}` did not start"))?;
    let start = Instant::now();
    while start.elapsed() < limit {
        if child.try_wait()?.is_some() {
            return Ok(child);
        }
        std::thread::sleep(POLL);
    }
    child.kill()?;
    child.wait()?;
    bail!("`{spelled}` took longer than {} s", limit.as_secs())
}

/// Returns a command's stdout; the error contains its stderr.
pub(crate) fn read_output(command: &mut Command) -> Result<String> {
    let spelled = spell(command);
    let output = command.output().with_context(|| format!("`{spelled}` did not start"))?;
    printed_text(&spelled, output)
}

fn printed_text(spelled: &str, output: Output) -> Result<String> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{spelled}` failed ({}): {}", output.status, stderr.trim());
    String::from_utf8(output.stdout)
        .with_context(|| format!("the output of `{spelled}` is not UTF-8"))
}

/// Returns the path of a program on PATH.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    folders().into_iter().map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// Returns the folders of PATH.
pub(crate) fn folders() -> Vec<PathBuf> {
    std::env::var_os("PATH").map_or_else(Vec::new, |path| std::env::split_paths(&path).collect())
}

fn spell(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Writes a script of the shell that can be started, for tests.
#[cfg(test)]
pub(crate) fn write_script(file: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_failing_command_contains_its_arguments_and_stderr() {
        let error =
            read_output(Command::new("sh").args(["-c", "echo no >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().starts_with("`sh -c echo no"), "{error}");
        assert!(error.to_string().ends_with("no"), "{error}");
    }

    #[test]
    fn a_command_is_killed_at_its_time_limit() {
        let within = |words: &str, limit| {
            run_within(Command::new("sh").args(["-c", words]), Duration::from_secs(limit))
        };
        assert!(within("exit 0", 60).is_ok());
        assert!(within("exit 3", 60).unwrap_err().to_string().contains("exit 3"));
        let error = within("sleep 60", 0).unwrap_err();
        assert!(error.to_string().ends_with("took longer than 0 s"), "{error}");
    }

    #[test]
    fn cargo_runs_without_the_variables_of_the_running_package() {
        let cargo = cargo(["--version"]);
        let removed =
            |name: &str| cargo.get_envs().any(|(each, value)| each == name && value.is_none());
        assert!(removed("CARGO_PKG_NAME") && removed("CARGO_MANIFEST_DIR"));
    }

    #[test]
    fn finds_programs_on_path() {
        assert!(which("sh").is_some());
        assert_eq!(which("no-such-program-anywhere"), None);
    }

    #[test]
    fn the_root_is_the_folder_that_contains_this_crate() {
        assert!(root().join("xtask/Cargo.toml").is_file());
    }
}
