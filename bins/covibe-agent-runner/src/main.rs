//! `covibe-agent-runner`: starts agents as jobs. Under the word `supervise`, the same program is the supervisor of one job.
//!
//! It only composes: what is done with jobs is in `covibe-agent-runner-core`.

mod commands;
mod settings;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

/// Run agents as jobs, and report their states over HTTP.
///
/// Variables: AGENT_RUNNER_HOME (the folder of jobs; by default /var/lib/covibe-agent-runner for root, otherwise
/// ~/.covibe/runner), AGENT_RUNNER_CONFIG (runner.toml; by default in that folder), AGENT_RUNNER_BIND (by default
/// 127.0.0.1:3333), AGENT_RUNNER_TOKEN (at least 32 characters; required beyond loopback; on loopback, by default made once
/// in the file token of AGENT_RUNNER_HOME), GITEA_API_URL, GITEA_API_TOKEN and GITEA_USERNAME (for jobs that have a
/// repository), COVIBE_PROTECTED_REPOS (globs of repositories that no job gets), AGENT_MCP_PROGRAM (the MCP server that
/// agents get; by default covibe-agent-mcp beside this program, or in PATH).
#[derive(Debug, Parser)]
#[command(name = "covibe-agent-runner", version, verbatim_doc_comment)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM; this is the default command. Agents keep running, and the next start takes them over.
    Serve,
    /// Read the variables and runner.toml, print the mistakes in them, and exit.
    Check,
    /// Supervise one attempt at a job. The runner starts this itself.
    #[command(hide = true)]
    Supervise {
        /// The job's folder.
        folder: PathBuf,
        /// The number of the attempt.
        attempt: u32,
    },
}

/// The exit code for an invalid command line.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    match arguments.command {
        None | Some(Command::Serve) => commands::serve(),
        Some(Command::Check) => commands::check(),
        Some(Command::Supervise { folder, attempt }) => commands::supervise(&folder, attempt),
    }
}

/// Prints the mistake in the command line, or the requested help.
fn refuse(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let is_asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_asked { ExitCode::SUCCESS } else { USAGE.into() }
}
