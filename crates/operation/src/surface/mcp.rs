//! The tools as MCP lists them.

use covibe_domain::Access;
use covibe_domain::entities::KeyAccess;
use serde_json::Value;

use crate::registry::Registry;
use crate::schema;

/// One entry of `tools/list`.
#[derive(Clone, Debug)]
pub struct McpTool {
    /// With underscores: widely used clients refuse dots.
    pub name: String,
    /// What a model chooses by.
    pub description: String,
    /// The schema of the arguments.
    pub input: Value,
    /// The schema of the answer, which allows further members and fits every failure.
    pub output: Value,
    /// Whether it only looks.
    pub read_only: bool,
    /// Whether it takes something away for good.
    pub destructive: bool,
    /// Whether doing it twice is the same as doing it once.
    pub idempotent: bool,
}

/// Returns the agent's tools that are open to this access, sorted by name.
pub fn mcp_tools<Cx>(registry: &Registry<Cx>, access: KeyAccess) -> Vec<McpTool> {
    let mut tools: Vec<_> = registry
        .tools_open_to(access)
        .map(|tool| McpTool {
            name: tool.spec.mcp_name(),
            description: tool.description.clone(),
            input: tool.input.clone(),
            output: schema::listed(tool.output.clone()),
            read_only: !tool.spec.access.changes(),
            destructive: tool.spec.access == Access::Destroy,
            idempotent: tool.spec.idempotent,
        })
        .collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    tools
}
