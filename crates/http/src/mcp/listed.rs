//! The lists of MCP: the tools and the cookbook.

use std::sync::Arc;

use covibe_operation::cookbook::Cookbook;
use covibe_operation::surface::{self, McpTool};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value};

use crate::app::App;

/// How long a client may cache a list or a page of the cookbook, in milliseconds.
pub(super) const LIST_TTL: u64 = 300_000;

/// What is the same for every client: the tools as rmcp lists them, and the cookbook.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(super) tools: Arc<[Tool]>,
    pub(super) cookbook: Arc<Cookbook>,
}

impl Listed {
    /// Computes the lists once, for all workers.
    pub(crate) fn new(app: &App) -> Self {
        let tools = surface::mcp_tools(app.dispatcher.registry());
        let cookbook = Arc::clone(&app.cookbook);
        Self { tools: tools.iter().map(tool).collect(), cookbook }
    }
}

fn tool(declared: &McpTool) -> Tool {
    let annotations = ToolAnnotations::new()
        .read_only(declared.read_only)
        .destructive(declared.destructive)
        .idempotent(declared.idempotent)
        .open_world(false);
    let mut tool =
        Tool::new(declared.name.clone(), declared.description.clone(), map(&declared.input));
    tool.output_schema = Some(map(&declared.output));
    tool.annotations = Some(annotations);
    tool
}

fn map(schema: &Value) -> Arc<Map<String, Value>> {
    Arc::new(schema.as_object().cloned().unwrap_or_default())
}
