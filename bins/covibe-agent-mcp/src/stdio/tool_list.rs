//! The tools as clients get them.

use std::sync::Arc;

use covibe_domain::entities::KeyAccess;
use covibe_operation::Registry;
use covibe_operation::surface::{self, McpTool};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value};

/// The tools that act on this machine alone. All others talk to the web or an upstream.
const ON_THIS_MACHINE: [&str; 9] = [
    "find_files",
    "get_prd",
    "list_directory",
    "list_memory",
    "read_file",
    "replace_in_file",
    "save_memory",
    "search_code",
    "write_file",
];

/// Returns the tools with these names, sorted by name.
pub(super) fn tools<Cx>(registry: &Registry<Cx>, has: impl Fn(&str) -> bool) -> Vec<Tool> {
    let tools = surface::mcp_tools(registry, KeyAccess::Full);
    tools.into_iter().filter(|tool| has(&tool.name)).map(to_rmcp_tool).collect()
}

fn to_rmcp_tool(declared: McpTool) -> Tool {
    let annotations = ToolAnnotations::new()
        .read_only(declared.read_only)
        .destructive(declared.destructive)
        .idempotent(declared.idempotent)
        .open_world(!ON_THIS_MACHINE.contains(&declared.name.as_str()));
    let mut tool = Tool::new(declared.name, declared.description, object(declared.input));
    tool.title = Some(declared.title);
    tool.output_schema = Some(object(declared.output));
    tool.annotations = Some(annotations);
    tool
}

fn object(schema: Value) -> Arc<Map<String, Value>> {
    match schema {
        Value::Object(schema) => Arc::new(schema),
        _ => Arc::default(),
    }
}
