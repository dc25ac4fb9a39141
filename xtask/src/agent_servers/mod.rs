//! `cargo xtask mcp` and `cargo xtask smoke-mcp`: the servers that sub-agents work with, from the source tree.

mod server_variables;
mod simulated_surroundings;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result};

use self::server_variables::{Server, Servers};
use self::simulated_surroundings::Surroundings;
use crate::{http_client, shell};

/// The package of the servers, whose program has its name.
const PACKAGE: &str = "covibe-agent-mcp";

/// The server to start.
#[derive(clap::Args)]
pub(crate) struct Serve {
    /// The server
    server: Server,
    /// Start a debug build that logs
    #[arg(long)]
    dev: bool,
}

/// The servers to try.
#[derive(clap::Args)]
pub(crate) struct Smoke {
    /// The server, or `all`
    #[arg(value_parser = Servers::parse)]
    servers: Servers,
}

/// Serves an MCP client on stdin and stdout.
pub(crate) fn serve(arguments: &Serve) -> Result<ExitCode> {
    let program = program(arguments.dev)?;
    http_client::block_on(async {
        let mut surroundings = Surroundings::new()?;
        let mut command = Command::new(program);
        command.arg(arguments.server.name());
        command.envs(surroundings.variables(arguments.server).await?);
        if arguments.dev && std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", "debug");
        }
        let status = command.status().context("the server did not start")?;
        Ok(code(status.code()))
    })
}

/// Tries servers, and prints a line for each step.
pub(crate) fn smoke(arguments: &Smoke) -> Result<ExitCode> {
    let program = program(true)?;
    http_client::block_on(async {
        let mut surroundings = Surroundings::new()?;
        let mut has_failed = false;
        for server in &arguments.servers.0 {
            let name = server.name();
            match surroundings.variables(*server).await {
                Ok(variables) => {
                    let mut command = Command::new(&program);
                    command.args([&name, "--smoke"]).envs(variables).stdin(Stdio::null());
                    has_failed |= !command.status().context("the server did not start")?.success();
                }
                Err(error) => {
                    println!("FAIL {name} surroundings: {error:#}");
                    has_failed = true;
                }
            }
        }
        Ok(code(Some(has_failed.into())))
    })
}

/// Tries all servers, as a gate.
pub(crate) fn smoke_all() -> Result<()> {
    let code = smoke(&Smoke { servers: Servers::all() })?;
    anyhow::ensure!(code == ExitCode::SUCCESS, "a server does not work");
    Ok(())
}

/// Builds the program. Nothing is printed to stdout, where an MCP client may wait.
fn program(is_debug: bool) -> Result<PathBuf> {
    if is_debug {
        return shell::build_program(PACKAGE);
    }
    shell::run(
        shell::cargo(["build", "--quiet", "--release", "--package", PACKAGE]).stdin(Stdio::null()),
    )?;
    Ok(shell::target()?.join("release").join(PACKAGE))
}

/// Passes an exit code on; a signal is a failure.
fn code(code: Option<i32>) -> ExitCode {
    code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_of_a_server_is_returned() {
        for (given, expected) in [(Some(0), 0), (Some(78), 78), (None, 1), (Some(-1), 1)] {
            assert_eq!(code(given), ExitCode::from(expected));
        }
    }
}
