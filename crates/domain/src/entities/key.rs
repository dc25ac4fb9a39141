//! An API key's public record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{KeyId, Timestamp};

words! {
    /// The agent that a key was minted for.
    AgentType {
        /// Claude Code.
        ClaudeCode = "claude-code",
        /// Codex.
        Codex = "codex",
        /// Cursor.
        Cursor = "cursor",
        /// Any other.
        Other = "other",
    }
}

words! {
    /// What a key opens.
    KeyScope {
        /// The one workspace that it was minted for.
        Workspace = "workspace",
        /// That workspace, and the tenant's list of workspaces.
        Tenant = "tenant",
    }
}

#[expect(clippy::derivable_impls, reason = "the list of words has no place for the attribute")]
impl Default for KeyScope {
    fn default() -> Self {
        Self::Workspace
    }
}

/// An API key without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What its owner calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its first characters.
    pub prefix: String,
    /// The agent it was minted for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<AgentType>,
    /// What it opens.
    pub scope: KeyScope,
    /// When it was minted.
    pub created_at: Timestamp,
    /// When it was last used, to about a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}
