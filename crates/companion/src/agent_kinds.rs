//! The agents that the companion connects.

use std::fmt;
use std::str::FromStr;

use covibe_domain::entities::AgentType;
use serde::{Deserialize, Serialize};

/// An agent on this machine, or the companion's own service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agent {
    /// Claude Code.
    ClaudeCode,
    /// OpenAI Codex.
    Codex,
    /// Cursor.
    Cursor,
    /// Visual Studio Code.
    Vscode,
    /// Gemini CLI.
    Gemini,
    /// Google Antigravity: the application, its editor and its command line.
    Antigravity,
    /// Windsurf, before it was named Devin Desktop.
    Windsurf,
    /// Devin: the editor that was named Windsurf before, and the command line.
    Devin,
    /// Zed.
    Zed,
    /// opencode.
    Opencode,
    /// JetBrains Junie: the plugin of the IDEs, and the command line.
    Junie,
}

impl Agent {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ClaudeCode,
        Self::Codex,
        Self::Cursor,
        Self::Vscode,
        Self::Gemini,
        Self::Antigravity,
        Self::Windsurf,
        Self::Devin,
        Self::Zed,
        Self::Opencode,
        Self::Junie,
    ];

    /// Returns its word, as in `--agents` and `--agent`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Cursor => "cursor",
            Self::Vscode => "vscode",
            Self::Gemini => "gemini",
            Self::Antigravity => "antigravity",
            Self::Windsurf => "windsurf",
            Self::Devin => "devin",
            Self::Zed => "zed",
            Self::Opencode => "opencode",
            Self::Junie => "junie",
        }
    }

    /// Returns its name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::Cursor => "Cursor",
            Self::Vscode => "VS Code",
            Self::Gemini => "Gemini CLI",
            Self::Antigravity => "Antigravity",
            Self::Windsurf => "Windsurf",
            Self::Devin => "Devin Desktop",
            Self::Zed => "Zed",
            Self::Opencode => "opencode",
            Self::Junie => "Junie",
        }
    }

    /// Returns the type of the key that it uses. Agents that the server has no type for share one key.
    pub const fn key_type(self) -> AgentType {
        match self {
            Self::ClaudeCode => AgentType::ClaudeCode,
            Self::Codex => AgentType::Codex,
            Self::Cursor => AgentType::Cursor,
            _ => AgentType::Other,
        }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Agent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|agent| agent.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("there is no agent {text:?}; choose from {known}")
        })
    }
}
