//! One agent of `runner.toml`, and its MCP server: one that has its tools, bound to its job and worktree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use covibe_agent_servers::agent::runner_api_types::MAX_TIMEOUT_S;
use serde::Deserialize;
use serde_json::{Value, json};

use super::agent_client::AgentClient;
use super::command::{Command, TaskBy};
use super::tools::{self, ToolNames};
use crate::job::{JobFolder, JobId};

/// The time that an agent may take unless something else is said, in seconds.
const TIMEOUT_S: u32 = 30 * 60;

/// The variables that every agent sees.
const BASE: [&str; 4] = ["PATH", "HOME", "LANG", "TERM"];

/// The variables that no agent may see.
const OWN: [&str; 1] = ["AGENT_RUNNER_TOKEN"];

/// An agent as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    description: Option<String>,
    command: Vec<String>,
    client: Option<AgentClient>,
    #[serde(default)]
    task: TaskBy,
    #[serde(default)]
    variables: Vec<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    readable: Vec<String>,
    #[serde(default)]
    writable: Vec<String>,
    timeout_s: Option<u32>,
}

/// An agent.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) description: Option<String>,
    pub(crate) command: Command,
    /// The program that it is, if a job has a folder of its own for the settings of that program.
    pub(crate) client: Option<AgentClient>,
    pub(crate) tools: Vec<String>,
    pub(crate) readable: Vec<PathBuf>,
    pub(crate) writable: Vec<PathBuf>,
    pub(crate) timeout_s: u32,
    variables: BTreeSet<String>,
    mcp_variables: BTreeSet<&'static str>,
}

impl Agent {
    /// Returns the names of the variables that it sees, if they are set.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let own = BASE.into_iter().chain(self.variables.iter().map(String::as_str));
        own.chain(self.mcp_variables.iter().copied())
    }

    /// Returns the names of the variables that its MCP server reads.
    pub(crate) fn mcp_variables(&self) -> impl Iterator<Item = &'static str> {
        self.mcp_variables.iter().copied()
    }

    /// Returns the risks in its settings, a line each. `folders` are those with the settings of its user.
    pub(super) fn warnings(
        &self,
        name: &str,
        folders: &BTreeMap<AgentClient, PathBuf>,
    ) -> Vec<String> {
        let open = AgentClient::from_program(self.command.program())
            .filter(|client| !client.is_isolated_by(self.command.arguments()));
        let open = open.map(|client| {
            format!(
                "Agent {name}: settings in a repository can start programs that see the agent's variables. Add {} to \
                 its command.",
                client.isolating_arguments()
            )
        });
        let client_of = |path: &Path| {
            let has_settings = |(client, folder): &(&AgentClient, &PathBuf)| {
                let mut settings = client.settings(folder).into_iter();
                settings.any(|own| path.starts_with(&own) || own.starts_with(path))
            };
            folders.iter().find(has_settings).map(|(client, _)| *client)
        };
        let warning = |path: &PathBuf| {
            let (client, path) = (client_of(path)?.name(), path.display());
            Some(format!(
                "Agent {name}: a job can write settings in {path}, which start programs in later jobs and in your own \
                 sessions. Remove this path from writable, and set client = \"{client}\"."
            ))
        };
        open.into_iter().chain(self.writable.iter().filter_map(warning)).collect()
    }
}

impl Entry {
    /// Returns the agent, or what is wrong with it, a line each.
    pub(super) fn check(
        self,
        name: &str,
        home: Option<&Path>,
        tools: &ToolNames,
    ) -> Result<Agent, Vec<String>> {
        let mut problems = Vec::new();
        let timeout_s = self.timeout_s.unwrap_or(TIMEOUT_S);
        if !is_name(name) {
            problems.push(
                "its name can contain only letters from a to z, digits and hyphens".to_owned(),
            );
        }
        if !(1..=MAX_TIMEOUT_S).contains(&timeout_s) {
            problems.push(format!("timeout_s must be a number from 1 to {MAX_TIMEOUT_S}"));
        }
        problems.extend(self.variables.iter().filter_map(|variable| wrong_variable(variable)));
        problems.extend(self.tools.iter().filter(|tool| tools.server(tool).is_none()).map(
            |tool| {
                let known: Vec<_> = tools.names().collect();
                format!("`{tool}` is not a tool; tools: {}", known.join(", "))
            },
        ));
        let (readable, writable) = (paths(&self.readable, home), paths(&self.writable, home));
        let (readable, writable) = (keep(readable, &mut problems), keep(writable, &mut problems));
        let command = keep(Command::new(self.command, self.task), &mut problems);
        let (Some(command), true) = (command, problems.is_empty()) else {
            return Err(problems.iter().map(|it| format!("Agent {name}: {it}.")).collect());
        };
        // By tool and not by server: what the agent's server is given, the agent itself can read.
        let read = |tool: &String| Some(tools::variables(tools.server(tool)?, tool));
        let mcp_variables = self.tools.iter().filter_map(read).flatten().collect();
        Ok(Agent {
            description: self.description,
            command,
            client: self.client,
            readable: readable.unwrap_or_default(),
            writable: writable.unwrap_or_default(),
            timeout_s,
            variables: self.variables.into_iter().collect(),
            mcp_variables,
            tools: self.tools,
        })
    }
}

fn keep<T>(result: Result<T, String>, problems: &mut Vec<String>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(is_part)
}

fn wrong_variable(name: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_part) {
        return Some(format!("`{name}` is not the name of a variable"));
    }
    OWN.contains(&name).then(|| format!("no agent may see {name}"))
}

/// Returns paths, which are absolute or begin with `~/`.
fn paths(texts: &[String], home: Option<&Path>) -> Result<Vec<PathBuf>, String> {
    let path = |text: &String| {
        let path = match (text.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(text),
        };
        let problem = || format!("`{text}` is not an absolute path, or one that begins with ~/");
        path.is_absolute().then_some(path).ok_or_else(problem)
    };
    texts.iter().map(path).collect()
}

impl Agent {
    /// Returns the arguments of its MCP server in a job.
    pub(crate) fn mcp_arguments(&self, id: &JobId, folder: &JobFolder) -> Vec<String> {
        let root = folder.work().to_string_lossy().into_owned();
        let tools = self.tools.join(",");
        ["job", "--job", id.as_str(), "--root", &root, "--tools", &tools].map(str::to_owned).into()
    }

    /// Returns the configuration that names its MCP server; it is empty for an agent without tools. Variables are in
    /// it by name: clients fill in their values.
    pub(crate) fn mcp_config(&self, program: &Path, arguments: &[String]) -> Value {
        if self.tools.is_empty() {
            return json!({ "mcpServers": {} });
        }
        let variable = |name: &'static str| (name, format!("${{{name}:-}}"));
        let env: BTreeMap<_, _> = self.mcp_variables().map(variable).collect();
        let server = json!({ "command": program, "args": arguments, "env": env });
        json!({ "mcpServers": { "covibe": server } })
    }
}
