//! The gates of a hosted origin: `cargo xtask readiness-handoff-preflight`, `canary-hosted`, `doctor-production` and
//! `readiness-hosted`. Each may be written with colons, too.
//!
//! They run the program `covibe-readiness`, which is in releases and in the image. It judges the origin and prints the
//! reports; this only says which gates follow each other.

mod names;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::shell;

pub(crate) use names::with_hyphens;

/// The package and the program.
const PROGRAM: &str = "covibe-readiness";

/// A gate of the program, and the arguments that are passed on to it.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Passed {
    /// The origin and the options of the gate; --help prints them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ORIGIN")]
    arguments: Vec<OsString>,
}

/// The options of a chain of gates. It has none that loosens a rule.
#[derive(clap::Args)]
pub(crate) struct Chain {
    /// The origin that is handed over; the default is COVIBE_HOSTED_URL
    origin: Option<String>,
    /// The seconds that an answer may take
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u16>,
}

/// Runs one gate. Its exit code is that of the program.
pub(crate) fn run(gate: &str, passed: &Passed) -> Result<ExitCode> {
    Ok(ExitCode::from(start(&built()?, gate, &passed.arguments)?))
}

/// Runs `doctor-production`, then the canary. The first one that does not pass ends the chain, with its exit code.
pub(crate) fn hosted(chain: &Chain) -> Result<ExitCode> {
    let program = built()?;
    let origin = chain.origin.iter().map(OsString::from);
    let timeout = chain
        .timeout
        .iter()
        .flat_map(|seconds| [OsString::from("--timeout"), OsString::from(seconds.to_string())]);
    let arguments: Vec<_> = origin.chain(timeout).collect();
    for gate in ["doctor-production", "canary"] {
        let code = start(&program, gate, &arguments)?;
        if code != 0 {
            println!("FAIL hosted readiness: {gate} ended with {code}");
            return Ok(ExitCode::from(code));
        }
    }
    println!("PASS hosted readiness");
    Ok(ExitCode::SUCCESS)
}

/// Returns the program, which is built before.
fn built() -> Result<PathBuf> {
    shell::run(&mut shell::cargo(["build", "--quiet", "-p", PROGRAM]))?;
    let metadata =
        cargo_metadata::MetadataCommand::new().current_dir(shell::root()).no_deps().exec()?;
    Ok(metadata.target_directory.join("debug").join(PROGRAM).into())
}

/// Runs a gate of the program in this folder, whose `.env` files it reads. Returns its exit code.
fn start(program: &PathBuf, gate: &str, arguments: &[OsString]) -> Result<u8> {
    let mut command = Command::new(program);
    command.arg(gate).args(arguments);
    let status = command.status().with_context(|| program.display().to_string())?;
    // A program that a signal ended has no code: it is as interrupted as one that was asked to end.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(130))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Returns a program that notes its arguments, and ends with a code if the first one is this gate.
    fn program(folder: &tempfile::TempDir, gate: &str, code: u8) -> PathBuf {
        let file = folder.path().join("program");
        let noted = folder.path().join("noted");
        let text = format!(
            "#!/bin/sh\necho \"$@\" >> '{}'\n[ \"$1\" = {gate} ] && exit {code}\nexit 0\n",
            noted.display()
        );
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    #[test]
    fn the_exit_code_of_the_program_is_passed_on() {
        for code in [0, 1, 2, 3, 4] {
            let folder = tempfile::tempdir().unwrap();
            let program = program(&folder, "preflight", code);
            let arguments = ["https://covibe.acme.dev", "--strict"].map(OsString::from);
            assert_eq!(start(&program, "preflight", &arguments).unwrap(), code);
            let noted = std::fs::read_to_string(folder.path().join("noted")).unwrap();
            assert_eq!(noted, "preflight https://covibe.acme.dev --strict\n");
        }
    }
}
