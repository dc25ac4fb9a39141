//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use covibe_agent_servers::server_kinds::Server;

use crate::print_config::Client;

/// Serve the tools of a sub-agent to an MCP client over stdin and stdout
#[derive(Debug, Parser)]
#[command(name = "covibe-agent-mcp", version, disable_help_subcommand = true)]
#[command(after_help = "docs/agent-servers.md lists the variables of each server.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Apps on a Coolify instance, with an operator's token
    Coolify(Mode),
    /// Issues and files on a Gitea instance, with a user's token
    Gitea(Mode),
    /// Files, commands and git in one folder of this machine
    Workspace(Mode),
    /// Notes, skills, a product requirements document and web search
    Platform(Mode),
    /// Agent jobs on a runner
    Agent(Mode),
    /// The tools of a job; the runner calls this
    #[command(hide = true)]
    Job(JobArguments),
}

/// The other things that a server can do instead of serving.
#[derive(Debug, Args)]
struct Mode {
    /// Print the configuration for a client, without the values of variables
    #[arg(long, value_name = "CLIENT", conflicts_with = "smoke")]
    print_config: Option<Client>,
    /// Start the server, list its tools, and make one call that changes nothing
    #[arg(long)]
    smoke: bool,
}

/// The command line of a job.
#[derive(Debug, Args)]
pub(crate) struct JobArguments {
    /// The job's id
    #[arg(long, value_name = "ID")]
    pub(crate) job: String,
    /// The job's folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) root: PathBuf,
    /// The names of its tools
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    pub(crate) tools: Vec<String>,
}

/// The task of a command line.
#[derive(Debug)]
pub(crate) enum Task {
    /// Serve.
    Serve(Server),
    /// Print the block of a client.
    PrintConfig(Server, Client),
    /// Try a server.
    Smoke(Server),
    /// Serve a job.
    Job(JobArguments),
}

impl Arguments {
    /// Reads a command line, whose first word is the name of the program.
    pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut words = words.into_iter();
        let program = words.next().unwrap_or_default();
        let server = server_in(&program).map(OsString::from);
        Self::try_parse_from(std::iter::once(program).chain(server).chain(words))
    }

    /// Returns what is to be done.
    pub(crate) fn task(self) -> Task {
        let (server, mode) = match self.command {
            Command::Coolify(mode) => (Server::Coolify, mode),
            Command::Gitea(mode) => (Server::Gitea, mode),
            Command::Workspace(mode) => (Server::Workspace, mode),
            Command::Platform(mode) => (Server::Platform, mode),
            Command::Agent(mode) => (Server::Agent, mode),
            Command::Job(arguments) => return Task::Job(arguments),
        };
        match (mode.print_config, mode.smoke) {
            (Some(client), _) => Task::PrintConfig(server, client),
            (None, true) => Task::Smoke(server),
            (None, false) => Task::Serve(server),
        }
    }
}

/// Returns the name of the server that the name of the program has, such as `gitea` for `vibn-gitea-mcp`.
fn server_in(program: &OsString) -> Option<&'static str> {
    let stem = Path::new(program).file_stem()?.to_str()?;
    let name = stem.strip_prefix("vibn-")?.strip_suffix("-mcp")?;
    Server::ALL.map(Server::name).into_iter().find(|server| *server == name)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn task(words: &[&str]) -> Option<Task> {
        Some(Arguments::read(words.iter().map(OsString::from)).ok()?.task())
    }

    #[test]
    fn the_clap_definition_of_the_command_line_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_program_name_selects_the_server() {
        for name in ["/opt/bin/vibn-gitea-mcp", "vibn-gitea-mcp.exe"] {
            assert!(matches!(task(&[name]), Some(Task::Serve(Server::Gitea))), "{name}");
        }
        let smoke = task(&["vibn-agent-mcp", "--smoke"]);
        assert!(matches!(smoke, Some(Task::Smoke(Server::Agent))), "{smoke:?}");
        for name in ["covibe-agent-mcp", "vibn-mcp", "vibn-job-mcp", "gitea-mcp"] {
            assert!(task(&[name]).is_none(), "{name} alone names no server");
        }
    }

    #[test]
    fn the_first_argument_selects_the_server_and_flags_the_action() {
        let program = "covibe-agent-mcp";
        let printed = task(&[program, "coolify", "--print-config", "claude-desktop"]);
        let expected = Some(Task::PrintConfig(Server::Coolify, Client::ClaudeDesktop));
        assert_eq!(format!("{printed:?}"), format!("{expected:?}"));
        assert!(task(&[program, "coolify", "--smoke", "--print-config", "codex"]).is_none());
        let job = task(&[program, "job", "--job", "j1", "--root", "/w", "--tools", "a,b"]);
        assert!(matches!(job, Some(Task::Job(job)) if job.tools == ["a", "b"]));
    }
}
