//! The command lines.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use covibe_companion::Agent;

/// Connect the coding agents on this machine to a Co-Vibe server
#[derive(Debug, Parser)]
#[command(name = "covibe-local", version, disable_help_subcommand = true)]
pub(crate) struct LocalArguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// The origin of the server, such as `https://covibe.example.com`
    #[arg(long, global = true, value_name = "ORIGIN")]
    pub(crate) base_url: Option<String>,
    /// Print one JSON object
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print errors and warnings only
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Connect the agents on this machine, and install the service
    Setup(SetupArguments),
    /// Check whether everything works together; nothing is changed
    Doctor(DoctorArguments),
    /// Get keys for this machine after an approval in a browser
    Login(LoginArguments),
    /// Remove the keys for a server from this machine
    Logout,
    /// Send the activity of repositories, in the foreground
    Watch(WatchArguments),
    /// The service that sends the activity of repositories
    #[command(subcommand)]
    Service(ServiceCommand),
    /// Stop sending the activity of this repository, or of the named ones
    Exclude(ExclusionArguments),
    /// Send the activity of excluded repositories again
    Include(ExclusionArguments),
    /// Choose the server for repositories that do not name one
    Use {
        /// The origin of the server
        origin: String,
    },
    /// Print the connections of this machine and the activity that is waiting to be sent
    Status,
    /// Print the activity that would be sent for this repository
    Snapshot {
        /// Print it; nothing is sent
        #[arg(long, required = true)]
        print: bool,
    },
    /// Send the waiting activity now
    Sync,
    /// Print the headers with which Claude Code connects; Claude Code calls this
    McpHeaders {
        /// The agent
        #[arg(long, default_value = "claude-code")]
        agent: Agent,
    },
    /// Record an event of an agent; agents call this
    #[command(hide = true)]
    Hook {
        /// The agent whose hook calls this
        harness: String,
    },
    /// Remove the service and the entries of agents
    Uninstall {
        /// Also remove keys, settings and everything else of the companion
        #[arg(long)]
        purge: bool,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct SetupArguments {
    /// The agents, separated by commas; by default those that are on this machine
    #[arg(long, value_delimiter = ',', value_name = "AGENT")]
    pub(crate) agents: Vec<Agent>,
    /// Also write the files of a repository, without secrets
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = ".")]
    pub(crate) project: Option<PathBuf>,
    /// Do not install the service
    #[arg(long)]
    pub(crate) no_service: bool,
    /// A key that was minted in the console, or - to read it from the standard input; it is not stored
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Wait for an approval even in a CI pipeline
    #[arg(long)]
    pub(crate) device: bool,
    /// Print the changes without making them
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Undo the changes of setup
    #[arg(long)]
    pub(crate) undo: bool,
    /// The transport of Claude Code
    #[arg(long, value_enum, default_value_t)]
    pub(crate) transport: TransportArgument,
    /// Install no skill
    #[arg(long)]
    pub(crate) no_skills: bool,
}

/// A transport of Claude Code.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum TransportArgument {
    /// The bridge
    #[default]
    Stdio,
    /// HTTP with a helper for the headers
    Http,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// The agents, separated by commas; by default those that are connected
    #[arg(long, value_delimiter = ',', value_name = "AGENT")]
    pub(crate) agents: Vec<Agent>,
    /// Exit with 4 if there are warnings
    #[arg(long)]
    pub(crate) strict: bool,
    /// Do not check for the service
    #[arg(long)]
    pub(crate) no_service: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    /// Replace keys that are still valid
    #[arg(long)]
    pub(crate) renew: bool,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Wait for an approval even in a CI pipeline
    #[arg(long)]
    pub(crate) device: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// Only this repository
    #[arg(long, value_name = "PATH")]
    pub(crate) repo: Option<PathBuf>,
    /// Send once, and exit
    #[arg(long)]
    pub(crate) once: bool,
    /// Run as the service
    #[arg(long, hide = true)]
    pub(crate) service: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    /// Install the service, or restart it
    Install,
    /// Print the state of the service
    Status,
    /// Stop the service and remove it
    Uninstall,
    /// Print the latest lines of its log
    Logs,
}

#[derive(Debug, Args)]
pub(crate) struct ExclusionArguments {
    /// A repository; by default the one of this folder
    #[arg(conflicts_with_all = ["glob", "remote"])]
    pub(crate) path: Option<PathBuf>,
    /// All repositories below paths such as `~/private/**`
    #[arg(long, value_name = "PATTERN")]
    pub(crate) glob: Option<String>,
    /// All repositories with remotes such as `github.com/ada/*`
    #[arg(long, value_name = "PATTERN", conflicts_with = "glob")]
    pub(crate) remote: Option<String>,
    /// Print the excluded and included repositories
    #[arg(long, conflicts_with_all = ["path", "glob", "remote", "all"])]
    pub(crate) list: bool,
    /// All repositories: after `exclude --all`, only the activity of repositories that `include` names is sent;
    /// `include --all` undoes this
    #[arg(long, conflicts_with_all = ["path", "glob", "remote"])]
    pub(crate) all: bool,
}

/// Relay MCP between an agent and a Co-Vibe server
#[derive(Debug, Parser)]
#[command(name = "covibe-mcp", version)]
pub(crate) struct BridgeArguments {
    /// The connected agent, whose key is used
    #[arg(long, default_value = "claude-code", env = "COVIBE_AGENT")]
    pub(crate) agent: Agent,
    /// The origin of the server; by default the one that this machine was set up for
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) base_url: Option<String>,
}
