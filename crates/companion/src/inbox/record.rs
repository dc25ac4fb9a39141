//! A record of the inbox.

use std::path::PathBuf;

use covibe_domain::Timestamp;
use covibe_domain::companion::TokenCounts;
use serde::{Deserialize, Serialize};

use crate::origin::Origin;

/// The event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A session began.
    Start,
    /// A person prompted.
    Prompt,
    /// The agent edited a file.
    Edit,
    /// The agent ran a command in a shell.
    Shell,
    /// The agent called a tool of an MCP server.
    Mcp,
    /// The agent called another tool.
    Tool,
    /// The agent finished a turn.
    Stop,
    /// The session ended.
    End,
    /// A bridge connected an agent to a server.
    Connect,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it happened.
    pub at: Timestamp,
    /// The agent.
    pub agent: String,
    /// The harness that reported it: an agent can run the hooks of another one as well.
    pub via: String,
    /// The id of the session.
    pub session: String,
    /// The event.
    pub event: Event,
    /// The identity of the event, if the harness gives one: 16 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The worktree.
    pub worktree: PathBuf,
    /// The common git directory.
    pub common_dir: PathBuf,
    /// The agent's own record of the session, for the number of its tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<PathBuf>,
    /// The tokens since the session began, if the harness says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<TokenCounts>,
    /// The server that a bridge connected to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<Origin>,
}
