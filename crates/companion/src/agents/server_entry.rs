//! The entry of our MCP server in an agent's configuration: its members, and whose an entry is.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::agent_kinds::Agent;
use crate::home::CompanionHome;
use crate::origin::Origin;

/// The name of our entry.
pub const NAME: &str = "covibe";

/// The beginning of the names of entries that the server's `bootstrap.sh` writes.
pub const BOOTSTRAP: &str = "vibn-";

/// The way by which Claude Code reaches the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// The bridge `covibe-mcp`, which every agent can start.
    #[default]
    Stdio,
    /// HTTP, with a program that gives the header. Claude Code alone has that; others use the bridge.
    Http,
}

/// The members of our entry for an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The members that it has.
    pub members: Map<String, Value>,
    /// The members of the other transport, which it must not have; in a repository also those of the environment.
    pub dropped: Vec<&'static str>,
}

impl Entry {
    /// Returns the entry for the files of the user, with the absolute paths of our programs.
    pub fn user(agent: Agent, home: &CompanionHome, origin: &Origin, transport: Transport) -> Self {
        if agent == Agent::ClaudeCode && transport == Transport::Http {
            let program = quoted(&home.program("covibe-local"));
            return http(origin, &program);
        }
        stdio(agent, &home.program("covibe-mcp").display().to_string())
    }

    /// Returns the entry for the files of a repository, which names neither a user nor a secret.
    ///
    /// An environment in a repository may be of anybody, and could name a proxy, so the entry has none.
    pub fn repository(agent: Agent, origin: &Origin, transport: Transport) -> Self {
        let mut entry = Self::repository_members(agent, origin, transport);
        entry.dropped.extend(ENVIRONMENT);
        entry
    }

    fn repository_members(agent: Agent, origin: &Origin, transport: Transport) -> Self {
        match (agent, transport) {
            (Agent::ClaudeCode, Transport::Http) => {
                http(origin, "\"$HOME/.covibe/bin/covibe-local\"")
            }
            (Agent::ClaudeCode, Transport::Stdio) => stdio(agent, "${HOME}/.covibe/bin/covibe-mcp"),
            // Codex replaces no variables, so that a shell has to.
            (Agent::Codex, _) => {
                let line = "exec \"$HOME/.covibe/bin/covibe-mcp\" --agent codex";
                let members =
                    json!({ "command": "sh", "args": ["-c", line], "env_vars": CODEX_VARIABLES });
                Self { members: object(members), dropped: CODEX.to_vec() }
            }
            _ => stdio(agent, "${userHome}/.covibe/bin/covibe-mcp"),
        }
    }

    /// Returns the whole entry: its members, and the foreign ones of an entry that is there already.
    pub fn value_over(&self, existing: Option<&Value>) -> Value {
        let mut value = existing.and_then(Value::as_object).cloned().unwrap_or_default();
        for name in &self.dropped {
            value.shift_remove(*name);
        }
        value.extend(self.members.clone());
        Value::Object(value)
    }

    /// Returns whether an entry has these members, and none that it must not have.
    pub fn is_in(&self, existing: &Value) -> bool {
        self.members.iter().all(|(name, value)| existing.get(name) == Some(value))
            && self.dropped.iter().all(|name| existing.get(*name).is_none())
    }
}

const CLAUDE_STDIO: &[&str] = &["url", "headers", "headersHelper", "oauth"];
const CLAUDE_HTTP: &[&str] = &["command", "args", "env", "headers", "oauth"];
const CODEX: &[&str] = &[
    "url",
    "bearer_token_env_var",
    "http_headers",
    "env_http_headers",
    "oauth_resource",
    "scopes",
];
/// The variables that Codex passes on; it keeps all but a few from what it starts.
const CODEX_VARIABLES: [&str; 2] = ["COVIBE_MCP_TOKEN", "COVIBE_HOME"];

const OTHERS: &[&str] = &["url", "httpUrl", "serverUrl", "headers", "oauth"];

/// The members with variables for the program, and with a file of them.
const ENVIRONMENT: [&str; 2] = ["env", "envFile"];

fn http(origin: &Origin, program: &str) -> Entry {
    let members = json!({
        "type": "http",
        "url": origin.mcp_url(),
        "headersHelper": format!("{program} mcp-headers --agent claude-code"),
    });
    Entry { members: object(members), dropped: CLAUDE_HTTP.to_vec() }
}

fn stdio(agent: Agent, program: &str) -> Entry {
    let (command, args) = (program, ["--agent", agent.as_str()]);
    let (members, dropped) = match agent {
        Agent::ClaudeCode => {
            (json!({ "type": "stdio", "command": command, "args": args }), CLAUDE_STDIO)
        }
        Agent::Vscode => (json!({ "type": "stdio", "command": command, "args": args }), OTHERS),
        Agent::Codex => {
            (json!({ "command": command, "args": args, "env_vars": CODEX_VARIABLES }), CODEX)
        }
        Agent::Opencode => {
            (json!({ "type": "local", "command": [command, args[0], args[1]] }), OTHERS)
        }
        _ => (json!({ "command": command, "args": args }), OTHERS),
    };
    Entry { members: object(members), dropped: dropped.to_vec() }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Returns a path as a word of a shell's command line.
pub fn quoted(path: &Path) -> String {
    let mut word = String::from("\"");
    for c in path.display().to_string().chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            word.push('\\');
        }
        word.push(c);
    }
    word + "\""
}

/// The owner of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It starts one of our programs; members that others added to it are kept.
    Ours,
    /// It leads to the same server in another way, and is replaced.
    SameServer,
    /// It is something else with our name.
    Foreign,
}

/// Returns whose an entry is. In a repository, which anybody may have written, an entry with an address is ours only if
/// the address is that of our server.
pub fn owner(entry: &Value, origin: Option<&Origin>, is_in_repository: bool) -> Owner {
    let url = address(entry);
    let is_server = url.is_some_and(|url| origin.is_some_and(|it| it.mcp_url() == url));
    let is_trusted = url.is_none() || is_server || !is_in_repository;
    if starts_ours(entry) && is_trusted {
        Owner::Ours
    } else if is_server || (url.is_none() && words(entry).any(|word| word == "covibe-mcp")) {
        Owner::SameServer
    } else {
        Owner::Foreign
    }
}

/// Returns the address of an entry that is reached over HTTP.
pub fn address(entry: &Value) -> Option<&str> {
    ["url", "httpUrl", "serverUrl"].iter().find_map(|name| entry.get(*name)?.as_str())
}

fn starts_ours(entry: &Value) -> bool {
    let helper = entry.get("headersHelper").and_then(Value::as_str).unwrap_or_default();
    let is_helper = helper.contains("covibe-local") && helper.contains(" mcp-headers");
    let mut words = words(entry);
    let is_program =
        |word: &str| word.rsplit_once('/').is_some_and(|(_, name)| name == "covibe-mcp");
    let is_line = |word: &str| word.starts_with("exec ") && word.contains("/covibe-mcp\" --agent ");
    is_helper || words.any(|word| is_program(word) || is_line(word))
}

/// Returns the words that an entry starts a program with.
fn words(entry: &Value) -> impl Iterator<Item = &str> {
    let members = ["command", "args"].into_iter().filter_map(|name| entry.get(name));
    members
        .flat_map(|member| match member {
            Value::Array(words) => words.iter().collect(),
            word => vec![word],
        })
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_an_entry_is_recognized_by_its_command_or_url() {
        let origin = Origin::judge("https://a.example.com").unwrap().origin;
        let home = CompanionHome::at("/home/ada/.covibe");
        for agent in Agent::ALL {
            for transport in [Transport::Stdio, Transport::Http] {
                for (entry, is_in_repository) in [
                    (Entry::user(agent, &home, &origin, transport), false),
                    (Entry::repository(agent, &origin, transport), true),
                ] {
                    let value = entry.value_over(None);
                    assert_eq!(
                        owner(&value, Some(&origin), is_in_repository),
                        Owner::Ours,
                        "{value}"
                    );
                    assert!(entry.is_in(&value));
                    let text = value.to_string();
                    assert!(!is_in_repository || !text.contains("ada"), "{text}");
                }
            }
        }
        for (value, whose) in [
            (json!({ "url": "https://a.example.com/api/mcp" }), Owner::SameServer),
            (json!({ "command": "npm", "args": ["exec", "--", "covibe-mcp"] }), Owner::SameServer),
            (json!({ "url": "https://b.example.com/api/mcp" }), Owner::Foreign),
            (json!({ "command": "other" }), Owner::Foreign),
            (json!(1), Owner::Foreign),
        ] {
            assert_eq!(owner(&value, Some(&origin), false), whose, "{value}");
        }
    }

    #[test]
    fn a_repository_entry_with_our_helper_for_another_server_is_foreign() {
        let origin = Origin::judge("https://a.example.com").unwrap().origin;
        let mut value =
            Entry::repository(Agent::ClaudeCode, &origin, Transport::Http).value_over(None);
        value["url"] = json!("https://evil.example.com/api/mcp");
        assert_eq!(owner(&value, Some(&origin), true), Owner::Foreign);
    }

    #[test]
    fn foreign_members_of_our_entry_are_kept_and_paths_quoted() {
        let home = CompanionHome::at("/home/ada/.covibe");
        let origin = Origin::judge("https://a.example.com").unwrap().origin;
        let entry = Entry::user(Agent::Cursor, &home, &origin, Transport::Stdio);
        let value = entry.value_over(Some(&json!({ "url": "x", "timeout": 9 })));
        assert_eq!(value["timeout"], 9);
        assert!(value.get("url").is_none() && entry.is_in(&value));
        assert_eq!(quoted(Path::new("/a $b/\"c")), "\"/a \\$b/\\\"c\"");
    }
}
