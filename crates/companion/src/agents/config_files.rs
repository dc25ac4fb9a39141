//! The files that are written for an agent, and what goes into each.

use serde::{Deserialize, Serialize};

use std::path::{Path, PathBuf};

use super::config_paths::Places;
use super::edit::JsonFile;
use super::hooks::HookSet;
use super::server_entry::{Entry, Transport};
use crate::agent_kinds::Agent;
use crate::home::{CompanionHome, read_bounded};
use crate::origin::Origin;

/// The kind of content that is ours in a file, so that it can be removed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// An entry among the servers of a JSON file, in the object at this path.
    JsonServers(Vec<String>),
    /// An entry among the servers of Codex.
    TomlServers,
    /// Hooks in a JSON file.
    Hooks,
    /// A block of instructions between two marks.
    Block,
    /// The whole file.
    Whole,
}

/// The maximum size of a file that is edited, in bytes. The file of Claude Code grows to several megabytes.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The name of the folder of our skill.
pub const SKILL: &str = "deploy-with-co-vibe";

/// The instructions for agents.
const INSTRUCTIONS: &str = "\
## Co-Vibe

The MCP server `covibe` deploys and runs this developer's apps: repositories, builds, databases, domains, logs.
Use its tools to deploy, publish, host or repair an app; begin with `workspace_describe`. When a call fails, read its
`hint`, and the recipes at `covibe://cookbook/index`. Never print or commit a Co-Vibe key.";

/// The head of the instructions in a repository for Cursor.
const CURSOR_HEAD: &str =
    "---\ndescription: Deploying and running apps with Co-Vibe\nglobs:\nalwaysApply: true\n---\n\n";

/// A file and what goes into it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The file.
    pub path: PathBuf,
    /// The folder of the repository that it belongs to; none for a file of the user.
    pub repository: Option<PathBuf>,
    /// The content that goes into it.
    pub content: Content,
}

/// The content that goes into a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// Our entry among the servers of a JSON file, in the object at this path; none removes the entries of
    /// `bootstrap.sh` only.
    JsonServers(Vec<String>, Option<Entry>),
    /// Our entry among the servers of Codex.
    TomlServers(Entry),
    /// Our hooks.
    Hooks(HookSet),
    /// Our block of instructions.
    Block(&'static str),
    /// The whole file.
    Whole(String),
}

impl Content {
    /// Returns the kind of what is ours in the file.
    pub fn shape(&self) -> Shape {
        match self {
            Self::JsonServers(path, _) => Shape::JsonServers(path.clone()),
            Self::TomlServers(_) => Shape::TomlServers,
            Self::Hooks(_) => Shape::Hooks,
            Self::Block(_) => Shape::Block,
            Self::Whole(_) => Shape::Whole,
        }
    }
}

/// Returns the files of the user for an agent. The first one has our entry.
pub fn user_targets(
    agent: Agent,
    places: &Places,
    home: &CompanionHome,
    origin: &Origin,
    transport: Transport,
) -> Vec<Target> {
    let folder = places.folder(agent);
    let entry = Entry::user(agent, home, origin, transport);
    let (path, content) = match agent {
        Agent::ClaudeCode => (places.claude_file(), servers(&["mcpServers"], entry)),
        Agent::Codex => (folder.join("config.toml"), Content::TomlServers(entry)),
        Agent::Cursor => (folder.join("mcp.json"), servers(&["mcpServers"], entry)),
        Agent::Vscode => (folder.join("User/mcp.json"), servers(&["servers"], entry)),
        Agent::Gemini => (folder.join("settings.json"), servers(&["mcpServers"], entry)),
        Agent::Antigravity | Agent::Windsurf | Agent::Devin => {
            (folder.join("mcp_config.json"), servers(&["mcpServers"], entry))
        }
        Agent::Zed => (folder.join("settings.json"), servers(&["context_servers"], entry)),
        Agent::Opencode => {
            let path = opencode_file(&folder);
            let parents = opencode_parents(&path);
            (path, servers(parents, entry))
        }
        Agent::Junie => (folder.join("mcp/mcp.json"), servers(&["mcpServers"], entry)),
    };
    let mut targets = vec![user_file(path, content)];
    if let Some(hooks) = HookSet::new(agent, home) {
        let name = if agent == Agent::ClaudeCode { "settings.json" } else { "hooks.json" };
        targets.push(user_file(folder.join(name), Content::Hooks(hooks)));
    }
    match agent {
        Agent::ClaudeCode => {
            targets.push(user_file(folder.join("CLAUDE.md"), Content::Block(INSTRUCTIONS)));
        }
        Agent::Codex => {
            targets.push(user_file(folder.join("AGENTS.md"), Content::Block(INSTRUCTIONS)));
        }
        _ => {}
    }
    targets
}

/// Returns the file of our skill, for an agent that reads skills.
pub fn skill_target(agent: Agent, places: &Places, skill: &str) -> Option<Target> {
    let folder = match agent {
        Agent::ClaudeCode => places.folder(agent).join("skills"),
        Agent::Codex => places.home.join(".agents/skills"),
        _ => return None,
    };
    Some(user_file(folder.join(SKILL).join("SKILL.md"), Content::Whole(skill.to_owned())))
}

/// Returns the files of a repository for an agent.
pub fn repository_targets(
    agent: Agent,
    folder: &Path,
    origin: &Origin,
    transport: Transport,
) -> Vec<Target> {
    let entry = Entry::repository(agent, origin, transport);
    let files = match agent {
        Agent::ClaudeCode => vec![(".mcp.json", servers(&["mcpServers"], entry))],
        Agent::Codex => vec![(".codex/config.toml", Content::TomlServers(entry))],
        Agent::Cursor => vec![
            (".cursor/mcp.json", servers(&["mcpServers"], entry)),
            (".cursor/rules/covibe.mdc", Content::Whole(format!("{CURSOR_HEAD}{INSTRUCTIONS}\n"))),
        ],
        Agent::Vscode => vec![(".vscode/mcp.json", servers(&["servers"], entry))],
        _ => vec![],
    };
    files.into_iter().map(|(name, content)| repository_file(folder, name, content)).collect()
}

/// Returns the files of a repository that `bootstrap.sh` writes for an agent.
pub fn bootstrap_targets(agent: Agent, folder: &Path) -> Option<Target> {
    let (name, parent) = match agent {
        Agent::ClaudeCode => (".mcp.json", "mcpServers"),
        Agent::Cursor => (".cursor/mcp.json", "mcpServers"),
        Agent::Vscode => (".vscode/mcp.json", "servers"),
        _ => return None,
    };
    Some(repository_file(folder, name, Content::JsonServers(vec![parent.to_owned()], None)))
}

fn servers(parents: &[&str], entry: Entry) -> Content {
    Content::JsonServers(parents.iter().map(|name| (*name).to_owned()).collect(), Some(entry))
}

fn user_file(path: PathBuf, content: Content) -> Target {
    Target { path, repository: None, content }
}

fn repository_file(folder: &Path, name: &str, content: Content) -> Target {
    Target { path: folder.join(name), repository: Some(folder.to_owned()), content }
}

/// opencode reads its settings with and without comments, from one of two names.
fn opencode_file(folder: &Path) -> PathBuf {
    let with_comments = folder.join("opencode.jsonc");
    if with_comments.exists() { with_comments } else { folder.join("opencode.json") }
}

/// The second version of opencode's settings has the servers a level deeper.
fn opencode_parents(path: &Path) -> &'static [&'static str] {
    let bytes = read_bounded(path, MAX_FILE).ok().flatten().unwrap_or_default();
    let value = JsonFile::parse(&bytes).map(|file| file.value()).unwrap_or_default();
    let servers = &value["mcp"]["servers"];
    let is_server = servers.get("type").is_some() || servers.get("command").is_some();
    if servers.is_object() && !is_server { &["mcp", "servers"] } else { &["mcp"] }
}
