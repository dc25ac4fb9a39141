//! The block that a client's settings need. It has the names of variables, and no value of any.

use std::process::ExitCode;

use clap::ValueEnum;
use covibe_agent_servers::server_kinds::Server;
use serde_json::{Map, Value, json};

use crate::program_output;

/// The time for a call of a command, which may run for ten minutes, in seconds.
const COMMAND_TIMEOUT: u64 = 660;

/// The time for a call of another tool, in seconds.
const TIMEOUT: u64 = 300;

/// A client whose format is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    Cursor,
    ClaudeDesktop,
    ClaudeCode,
    Codex,
    Vscode,
    Goose,
}

impl Client {
    /// Returns where the block belongs.
    const fn place(self) -> &'static str {
        match self {
            Self::Cursor => {
                "Merge this into .cursor/mcp.json of a project, or ~/.cursor/mcp.json. Start Cursor in an environment \
                 with these variables."
            }
            Self::ClaudeDesktop => {
                "Merge this into claude_desktop_config.json (Settings > Developer > Edit Config), and replace each <NAME> \
                 with its value. Claude Desktop reads no variables, so the file then contains secrets: keep it private."
            }
            Self::ClaudeCode => {
                "Merge this into .mcp.json of a project. Start Claude Code in an environment with these variables."
            }
            Self::Codex => {
                "Add this to ~/.codex/config.toml. Start Codex in an environment with these variables."
            }
            Self::Vscode => {
                "Merge this into .vscode/mcp.json of a project. VS Code asks for the values, and stores them."
            }
            Self::Goose => {
                "Merge this into ~/.config/goose/config.yaml. Goose reads the variables from its \
                 keyring or its environment."
            }
        }
    }
}

/// A variable in a block.
#[derive(Debug)]
struct BlockVariable {
    name: String,
    is_secret: bool,
}

/// Prints the block to stdout, and where it belongs to stderr.
pub(crate) fn run(server: Server, client: Client) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program.to_string_lossy().into_owned(),
        Err(error) => {
            program_output::error(&format!("The path of this program is not known: {error}."));
            return ExitCode::FAILURE;
        }
    };
    program_output::remark(client.place());
    let named = named_variables(server, &program_output::variable);
    program_output::line(block(server, client, &program, &named).trim_end());
    ExitCode::SUCCESS
}

/// Returns the variables that a block has: those that the server needs, and the others that are set.
fn named_variables(server: Server, lookup: &dyn Fn(&str) -> Option<String>) -> Vec<BlockVariable> {
    let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
    let own = server.variables().iter().filter(|it| it.is_required || set(it.name).is_some());
    let own = own.map(|it| BlockVariable { name: it.name.to_owned(), is_secret: it.is_secret });
    let passed = set("WORKSPACE_ENV").filter(|_| server == Server::Workspace).unwrap_or_default();
    let passed = passed.split(',').map(str::trim).filter(|name| set(name).is_some());
    // The variables that commands get may be anything.
    let passed = passed.map(|name| BlockVariable { name: name.to_owned(), is_secret: true });
    own.chain(passed).collect()
}

fn block(server: Server, client: Client, program: &str, named: &[BlockVariable]) -> String {
    let env = |form: fn(&str) -> String| environment(named, form);
    let stdio = |env: Value| json!({ "type": "stdio", "command": program, "args": [server.name()], "env": env });
    let plain = |env: Value| json!({ "command": program, "args": [server.name()], "env": env });
    match client {
        Client::Cursor => {
            servers("mcpServers", server, &stdio(env(|name| format!("${{env:{name}}}"))))
        }
        Client::ClaudeDesktop => {
            servers("mcpServers", server, &plain(env(|name| format!("<{name}>"))))
        }
        Client::ClaudeCode => {
            servers("mcpServers", server, &stdio(env(|name| format!("${{{name}}}"))))
        }
        Client::Vscode => {
            let env = env(|name| format!("${{input:{}}}", input(name)));
            pretty(&json!({ "servers": { server.title(): stdio(env) }, "inputs": inputs(named) }))
        }
        Client::Codex => codex(server, program, named),
        Client::Goose => goose(server, program, named),
    }
}

fn environment(named: &[BlockVariable], form: fn(&str) -> String) -> Value {
    let members = named.iter().map(|it| (it.name.clone(), Value::from(form(&it.name))));
    members.collect::<Map<_, _>>().into()
}

fn servers(member: &str, server: Server, entry: &Value) -> String {
    pretty(&json!({ member: { server.title(): entry } }))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

/// Returns the id of VS Code's question for a variable.
fn input(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn inputs(named: &[BlockVariable]) -> Vec<Value> {
    let input = |it: &BlockVariable| json!({ "type": "promptString", "id": input(&it.name), "description": it.name, "password": it.is_secret });
    named.iter().map(input).collect()
}

/// Returns the time that a client has to give a call, in seconds.
const fn timeout(server: Server) -> u64 {
    if matches!(server, Server::Workspace) { COMMAND_TIMEOUT } else { TIMEOUT }
}

/// A string in JSON is one in TOML and in YAML, too.
fn codex(server: Server, program: &str, named: &[BlockVariable]) -> String {
    let passed: Vec<_> = named.iter().map(|it| it.name.as_str()).collect();
    format!(
        "[mcp_servers.{}]\ncommand = {}\nargs = {}\nenv_vars = {}\ntool_timeout_sec = {}\n",
        server.title(),
        json!(program),
        json!([server.name()]),
        json!(passed),
        timeout(server)
    )
}

fn goose(server: Server, program: &str, named: &[BlockVariable]) -> String {
    let passed: Vec<_> = named.iter().map(|it| it.name.as_str()).collect();
    let title = server.title();
    format!(
        "extensions:\n  {title}:\n    enabled: true\n    type: stdio\n    name: {title}\n    \
         description: {}\n    cmd: {}\n    args: {}\n    env_keys: {}\n    envs: {{}}\n    \
         timeout: {}\n",
        json!(format!("Co-Vibe's {} tools", server.name())),
        json!(program),
        json!([server.name()]),
        json!(passed),
        timeout(server)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(server: Server, set: &[(&str, &str)]) -> Vec<String> {
        let lookup = |name: &str| {
            set.iter().find(|(each, _)| *each == name).map(|(_, value)| (*value).to_owned())
        };
        named_variables(server, &lookup).into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn a_config_block_names_required_variables_and_optional_ones_that_are_set() {
        assert_eq!(names(Server::Agent, &[]), Vec::<String>::new());
        assert_eq!(names(Server::Coolify, &[]), ["COOLIFY_API_URL", "COOLIFY_API_TOKEN"]);
        let set = [("WORKSPACE_ENV", "CI, UNSET"), ("CI", "1"), ("WORKSPACE_STRICT", "")];
        assert_eq!(names(Server::Workspace, &set), ["WORKSPACE_ROOT", "WORKSPACE_ENV", "CI"]);
    }
}
