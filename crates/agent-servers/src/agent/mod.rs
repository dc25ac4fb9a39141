//! The agent server.

use covibe_operation::{Part, Tool};

/// The context of the agent server.
#[derive(Clone, Debug)]
pub struct AgentContext {}

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<AgentContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    Vec::new()
}
