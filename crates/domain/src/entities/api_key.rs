//! The public record of an API key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{Actor, KeyId, Timestamp};

words! {
    /// The agent that a key is for.
    AgentType {
        /// Claude Code.
        ClaudeCode = "claude-code" | "claude",
        /// Codex.
        Codex = "codex",
        /// Cursor.
        Cursor = "cursor",
        /// The companion's service on a developer's machine, which sends activity and calls no operation.
        Companion = "companion",
        /// Any other agent.
        Other = "other",
    }
}

words! {
    /// The scope of a key.
    KeyScope {
        /// Its workspace.
        Workspace = "workspace",
        /// Its workspace, and the tenant's list of workspaces.
        Tenant = "tenant",
        /// The activity of a developer's machine, which the key sends to its workspace; no operation.
        Ingest = "ingest",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro does not accept the attribute")]
impl Default for KeyScope {
    fn default() -> Self {
        Self::Workspace
    }
}

words! {
    /// The access of a key within its scope.
    KeyAccess {
        /// Read, except for credentials.
        Read = "read",
        /// Read and change.
        Full = "full",
    }
}

#[expect(clippy::derivable_impls, reason = "the macro does not accept the attribute")]
impl Default for KeyAccess {
    fn default() -> Self {
        Self::Full
    }
}

/// The record of an API key, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"laptop")]
    pub name: Option<String>,
    /// Its first characters.
    #[schemars(example = &"vibn_sk_exam")]
    pub prefix: String,
    /// The agent that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<AgentType>,
    /// Its scope.
    pub scope: KeyScope,
    /// Its access: `read` or `full`.
    pub access: KeyAccess,
    /// The time when it was created.
    pub created_at: Timestamp,
    /// The time of its last use, accurate to about a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// The time when it expires; absent if never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The id of the key or the person that minted it; absent for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", example = &"usr_0123456789abcdef")]
    pub minted_by: Option<Actor>,
}
