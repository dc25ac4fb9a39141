//! One call by any surface, with a uniform result.

use crate::agent::CallOutcome;
use crate::{Agent, AgentAnswer};
use covibe_dispatch::Tool;
use covibe_domain::Kind;
use serde_json::{Value, json};

/// A surface, or one of the two ways of writing the compact envelope or JSON-RPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStyle {
    /// REST.
    Rest,
    /// The compact envelope with `tool`.
    Tool,
    /// The compact envelope with `action`.
    Action,
    /// `tools/call` of the MCP versions before 2026-07-28.
    JsonRpc,
    /// `tools/call` of MCP version 2026-07-28.
    Modern,
}

/// The result of a call, in the same form for every surface.
#[derive(Clone, Debug)]
pub struct CallResult {
    /// The status of the failure's kind, whatever the surface wraps it in; for a success the HTTP status.
    pub status: u16,
    /// The result, or the body of the failure.
    pub outcome: CallOutcome,
    /// The answer as it came.
    pub answer: AgentAnswer,
}

impl CallResult {
    /// Returns the result of a call that must succeed.
    pub fn result(self, what: &str) -> Value {
        assert!(self.outcome.is_ok(), "{what}: {}", self.answer.text);
        self.outcome.unwrap_or_default()
    }

    /// Returns the body of a failure; `null` for a success.
    pub fn failure(&self) -> Value {
        self.outcome.clone().err().unwrap_or_default()
    }
}

impl CallStyle {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rest, Self::Tool, Self::Action, Self::JsonRpc, Self::Modern];

    /// Returns the surfaces that reach an operation.
    pub fn for_tool(tool: &Tool) -> impl Iterator<Item = Self> {
        let rest_only = tool.spec.rest_only;
        Self::ALL.into_iter().filter(move |via| *via == Self::Rest || !rest_only)
    }

    /// Returns the name of the surface in the audit.
    pub fn in_audit(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Tool | Self::Action => "compact",
            Self::JsonRpc | Self::Modern => "mcp",
        }
    }

    /// Calls an operation.
    ///
    /// # Panics
    /// Panics if the agent's world serves no HTTP, and the surface is neither REST nor the compact envelope with `tool`.
    pub async fn call(self, agent: &Agent, tool: &Tool, params: &Value) -> CallResult {
        let name = tool.spec.name;
        let arguments = json!({ "name": tool.spec.mcp_name(), "arguments": params });
        let answer = match self {
            Self::Rest => agent.rest_raw(tool, params).await,
            Self::Tool => agent.compact_raw(name, params).await,
            Self::Action => {
                let body = json!({ "action": name, "params": params });
                agent.post_mcp(&body).await
            }
            Self::JsonRpc => agent.rpc("tools/call", &arguments).await,
            Self::Modern => agent.rpc_modern("tools/call", &arguments).await,
        };
        self.read_result(tool, answer)
    }

    fn read_result(self, tool: &Tool, answer: AgentAnswer) -> CallResult {
        let mcp = matches!(self, Self::JsonRpc | Self::Modern) && answer.status == 200;
        let outcome = match self {
            _ if mcp => answer.mcp_outcome(),
            Self::Rest if tool.spec.document.is_some() && answer.status == 200 => {
                Ok(Value::String(answer.text.clone()))
            }
            Self::Rest => answer.rest_outcome(),
            Self::Tool | Self::Action => answer.compact_outcome(),
            Self::JsonRpc | Self::Modern => Err(answer.json()),
        };
        let failure = answer.mcp_failure().unwrap_or_default();
        let kind = Kind::ALL.into_iter().find(|kind| failure["code"] == kind.code());
        let status = kind.map_or(answer.status, Kind::status);
        CallResult { status, outcome, answer }
    }
}
