//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Run agents as jobs, and tell over HTTP what became of them.
///
/// Variables: AGENT_RUNNER_HOME (the folder of jobs; by default /var/lib/covibe-agent-runner for root, otherwise
/// ~/.covibe/runner), AGENT_RUNNER_CONFIG (runner.toml; by default in that folder), AGENT_RUNNER_BIND (by default
/// 127.0.0.1:3333), AGENT_RUNNER_TOKEN (at least 32 characters; required beyond loopback), GITEA_API_URL, GITEA_API_TOKEN
/// and GITEA_USERNAME (for jobs that have a repository), COVIBE_PROTECTED_REPOS (globs of repositories that no job gets),
/// AGENT_MCP_PROGRAM (the MCP server that agents get; by default covibe-agent-mcp beside this program, or in PATH).
#[derive(Debug, Parser)]
#[command(name = "covibe-agent-runner", version, verbatim_doc_comment)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve until SIGTERM. This is what happens without a command. Agents run on, and the next start takes them over.
    Serve,
    /// Read the variables and runner.toml, print what is wrong with them, and end.
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
