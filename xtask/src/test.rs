//! `cargo xtask test`: what the tests need, then all of them.

use anyhow::Result;

use crate::{install, shell};

/// How to run the tests.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Passed on to the test runner (cargo-nextest where it is installed, else cargo test)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) further: Vec<String>,
}

/// Documentation tests first, so that the runner's summary is the last thing on the screen.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    install::ensure()?;
    suite(&["test", "--workspace", "--doc", "--quiet"], &[])?;
    suite(runner(shell::which("cargo-nextest").is_some()), &arguments.further)
}

fn runner(has_nextest: bool) -> &'static [&'static str] {
    if has_nextest {
        &["nextest", "run", "--workspace"]
    } else {
        &["test", "--workspace", "--all-targets"]
    }
}

/// Runs one cargo command with the skipping of PostgreSQL tests forbidden.
fn suite(arguments: &[&str], further: &[String]) -> Result<()> {
    let mut command = shell::cargo(arguments.iter().copied());
    shell::run(command.args(further).env("COVIBE_TEST_POSTGRES", "required"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_runs_with_either_runner() {
        assert_eq!(runner(true), ["nextest", "run", "--workspace"]);
        assert_eq!(runner(false), ["test", "--workspace", "--all-targets"]);
    }
}
