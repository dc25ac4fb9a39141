//! The lists of MCP: the tools and the cookbook.

use std::sync::Arc;

use covibe_domain::entities::KeyAccess;
use covibe_operation::cookbook::Cookbook;
use covibe_operation::surface::{self, McpTool};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value};

use super::spelling::Spelling;
use crate::app::App;

/// How long a client may cache a list or a page of the cookbook, in milliseconds.
pub(super) const LIST_TTL: u64 = 300_000;

/// What is the same for every client: the tools as rmcp lists them, and the cookbook.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(super) tools: Arc<[Tool]>,
    readable: Arc<[Tool]>,
    pub(super) cookbook: Arc<Cookbook>,
    pub(super) spelling: Arc<Spelling>,
}

impl Listed {
    /// Computes the lists once, for all workers.
    pub(crate) fn new(app: &App) -> Self {
        let registry = app.dispatcher.registry();
        let spelling = Arc::new(Spelling::new(registry));
        let declared = surface::mcp_tools(registry, KeyAccess::Full);
        let tools: Arc<[_]> = declared.iter().map(|declared| tool(declared, &spelling)).collect();
        let is_readable = |tool: &&Tool| {
            registry.find(&tool.name).is_some_and(|tool| tool.spec.is_open_to(KeyAccess::Read))
        };
        // The clones share their schemas.
        let readable = tools.iter().filter(is_readable).cloned().collect();
        Self { tools, readable, cookbook: Arc::clone(&app.cookbook), spelling }
    }

    /// Returns the tools that a call with this access may run.
    pub(super) fn open_to(&self, access: KeyAccess) -> &[Tool] {
        match access {
            KeyAccess::Full => &self.tools,
            KeyAccess::Read => &self.readable,
        }
    }
}

fn tool(declared: &McpTool, spelling: &Spelling) -> Tool {
    let annotations = ToolAnnotations::new()
        .read_only(declared.read_only)
        .destructive(declared.destructive)
        .idempotent(declared.idempotent)
        .open_world(false);
    let description = spelling.text(&declared.description);
    let schema = |schema: &Value| {
        let mut schema = schema.clone();
        spelling.schema(&mut schema);
        map(&schema)
    };
    let mut tool = Tool::new(declared.name.clone(), description, schema(&declared.input));
    tool.output_schema = Some(schema(&declared.output));
    tool.annotations = Some(annotations);
    tool
}

fn map(schema: &Value) -> Arc<Map<String, Value>> {
    Arc::new(schema.as_object().cloned().unwrap_or_default())
}
