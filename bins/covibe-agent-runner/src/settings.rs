//! The settings, from the environment and `runner.toml`.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use covibe_agent_runner_core::agents::{Agents, ToolNames};
use covibe_agent_runner_core::settings::{Door, RunnerSettings};
use covibe_agent_servers::agent::runner_token::runner_home;
use covibe_agent_servers::environment_settings::Variables;

/// Everything that a runner is started with.
pub(crate) struct Settings {
    pub(crate) runner: RunnerSettings,
    pub(crate) door: Door,
}

/// Reads the settings, and prints warnings and problems, a line each. None if there are problems.
pub(crate) fn read_settings() -> Option<Settings> {
    let lookup = |name: &str| env::var(name).ok();
    let mut variables = Variables::new(&lookup);
    let settings = read_with(&mut variables);
    match variables.finish() {
        Ok(warnings) => {
            for warning in warnings {
                print_line(&format!("WARN: {warning}"));
            }
            settings
        }
        Err(problems) => {
            for problem in problems {
                print_line(&problem);
            }
            None
        }
    }
}

fn read_with(variables: &mut Variables<'_>) -> Option<Settings> {
    let own = env::current_exe().ok();
    let user_home = variables.optional("HOME").map(PathBuf::from);
    let home = runner_home(variables);
    let config = variables.optional("AGENT_RUNNER_CONFIG").map(PathBuf::from);
    let config = config.unwrap_or_else(|| home.join("runner.toml"));
    let door = Door::read(variables);
    let agents = agents(variables, &config, user_home.as_deref())?;
    let agents = match mcp_program(variables, own.as_deref()) {
        Some(program) => agents.with_mcp_program(program),
        None => agents,
    };
    let supervisor = vec![own?.into_os_string(), "supervise".into()];
    let runner = RunnerSettings::read(variables, &home, agents, supervisor)?;
    Some(Settings { runner, door: door? })
}

fn agents(variables: &mut Variables<'_>, config: &Path, home: Option<&Path>) -> Option<Agents> {
    let parsed = match fs::read_to_string(config) {
        Ok(text) => Agents::parse(&text, home, &ToolNames::from_registry()),
        Err(error) => Err(vec![format!("{} cannot be read: {error}.", config.display())]),
    };
    match parsed {
        Ok(agents) => Some(agents),
        Err(problems) => {
            for problem in problems {
                variables.problem(problem);
            }
            None
        }
    }
}

/// Returns the program of the MCP server that agents get, if it is not the one in PATH.
fn mcp_program(variables: &Variables<'_>, own: Option<&Path>) -> Option<PathBuf> {
    if let Some(program) = variables.optional("AGENT_MCP_PROGRAM") {
        return Some(program.into());
    }
    let beside = own?.with_file_name("covibe-agent-mcp");
    beside.is_file().then_some(beside)
}

/// Writes a line to standard error, which may be closed.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
