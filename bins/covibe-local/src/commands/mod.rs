//! The commands.

mod service_and_uninstall;
mod setup_and_login;
mod status_and_doctor;
mod sync_and_exclusion;

use covibe_companion::bridge::{self, BridgeOptions, RouteOptions};
use covibe_companion::credentials::NetworkVariables;
use covibe_companion::exclude::Change;
use covibe_companion::{CompanionHome, Exit, Problem, mcp_headers};
use tokio::io::{BufReader, stdin, stdout};

use crate::cli::{BridgeArguments, Command, LocalArguments};
use crate::command_context::{Context, block_on, folder};
use crate::command_output::{self, Output};

/// Runs a command.
pub(crate) fn run(arguments: LocalArguments, output: &Output) -> Result<Exit, Problem> {
    let base_url = arguments.common.base_url;
    if let Command::McpHeaders { agent } = arguments.command {
        return headers(agent);
    }
    let context = Context::new(base_url.as_deref())?;
    let done = |outcome: Result<(), Problem>| outcome.map(|()| Exit::Success);
    match arguments.command {
        Command::Setup(options) => setup_and_login::setup(&context, base_url, options, output),
        Command::Doctor(options) => status_and_doctor::doctor(&context, options, output),
        Command::Login(options) => setup_and_login::login(&context, &options, output),
        Command::Logout => setup_and_login::logout(&context, output),
        Command::Watch(options) => sync_and_exclusion::watch(&context, &options, output),
        Command::Sync => sync_and_exclusion::sync(&context, output),
        Command::Exclude(options) => {
            done(sync_and_exclusion::change(&context, Change::Exclude, options, output))
        }
        Command::Include(options) => {
            done(sync_and_exclusion::change(&context, Change::Include, options, output))
        }
        Command::Snapshot { .. } => done(sync_and_exclusion::snapshot(&context, output)),
        Command::Use { origin } => done(sync_and_exclusion::choose(&context, &origin, output)),
        Command::Service(command) => service_and_uninstall::service(&context, &command, output),
        Command::Status => done(status_and_doctor::status(&context, output)),
        Command::Uninstall { purge } => {
            done(service_and_uninstall::uninstall(&context, purge, output))
        }
        Command::Hook { .. } | Command::McpHeaders { .. } => Ok(Exit::Success),
    }
}

/// Prints the headers for Claude Code. Without a key it gets none, and shows what the server says to that.
fn headers(agent: covibe_companion::Agent) -> Result<Exit, Problem> {
    let url = std::env::var("CLAUDE_CODE_MCP_SERVER_URL").ok();
    let home = CompanionHome::find()?;
    match mcp_headers::mcp_headers(&home, agent, url.as_deref(), &route_options(None)) {
        Ok(headers) => command_output::raw(&headers),
        Err(reason) => {
            command_output::raw(mcp_headers::NOTHING);
            command_output::remark(&reason);
        }
    }
    Ok(Exit::Success)
}

/// Runs the bridge until its input ends.
pub(crate) fn bridge(arguments: &BridgeArguments) -> Result<(), Problem> {
    let home = CompanionHome::find()?;
    let route = route_options(arguments.base_url.clone());
    // Codex starts servers in a folder of its own, and passes the user's in PWD.
    let shell = std::env::var_os("PWD").map(std::path::PathBuf::from);
    let shell = shell.filter(|path| path.is_absolute() && path.is_dir());
    let options = BridgeOptions { agent: arguments.agent, route, folder: shell.or_else(folder) };
    block_on(async {
        let ran = bridge::run(&home, &options, BufReader::new(stdin()), stdout()).await;
        ran.map_err(|error| {
            Problem::failure(format!("The input from the agent cannot be read: {error}."))
        })
    })
}

/// Returns the options that the environment gives, with the server of the command line.
fn route_options(flag: Option<String>) -> RouteOptions {
    RouteOptions {
        flag,
        variable: std::env::var("COVIBE_BASE_URL").ok(),
        is_home_moved: std::env::var_os("COVIBE_HOME").is_some_and(|home| !home.is_empty()),
        network: NetworkVariables::from_environment(),
    }
}
