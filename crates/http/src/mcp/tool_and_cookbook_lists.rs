//! The lists of MCP: the tools and the cookbook.

use std::sync::{Arc, LazyLock};

use actix_web::web::Bytes;
use covibe_dispatch::Registry;
use covibe_domain::entities::KeyAccess;
use covibe_operation::cookbook::LazyCookbook;
use covibe_operation::surface::{self, McpTool};
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value};

use super::running_calls::Running;
use super::tool_name_spelling::Spelling;
use crate::app_state::App;

/// The time for which a client may cache a list or a page of the cookbook, in milliseconds.
pub(super) const LIST_TTL: u64 = 300_000;

/// The state that is the same for every client. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SharedLists {
    lists: Arc<LazyLock<Lists, Compute>>,
    pub(super) cookbook: Arc<LazyCookbook>,
    pub(super) spelling: Arc<Spelling>,
    pub(super) running: Running,
}

/// The function that computes the lists.
type Compute = Box<dyn FnOnce() -> Lists + Send>;

/// The lists, which are computed when a client first asks for one.
#[derive(Debug)]
struct Lists {
    /// Those of a call that may run every tool.
    full: List,
    /// Those of a call that only reads.
    readable: List,
}

/// The tools that a call may run.
#[derive(Debug)]
pub(super) struct List {
    /// As rmcp lists them.
    pub(super) tools: Vec<Tool>,
    /// The self-description of the surface, as JSON.
    pub(super) description: Bytes,
}

impl SharedLists {
    pub(crate) fn new(app: &App) -> Self {
        let registry = Arc::clone(app.dispatcher.registry());
        let (cookbook, spelling) = (Arc::clone(&app.cookbook), Arc::new(Spelling::new(&registry)));
        let shared = Arc::clone(&spelling);
        let compute: Compute = Box::new(move || Lists::new(&registry, &shared));
        let lists = Arc::new(LazyLock::new(compute));
        Self { lists, cookbook, spelling, running: Running::default() }
    }

    /// Returns the tools that a call with this access may run.
    pub(super) fn open_to(&self, access: KeyAccess) -> &List {
        match access {
            KeyAccess::Full => &self.lists.full,
            KeyAccess::Read => &self.lists.readable,
        }
    }
}

impl Lists {
    fn new(registry: &Registry, spelling: &Spelling) -> Self {
        let declared = surface::mcp_tools(registry, KeyAccess::Full);
        let tools: Vec<_> = declared.iter().map(|declared| tool(declared, spelling)).collect();
        let is_readable = |tool: &&Tool| {
            registry.find(&tool.name).is_some_and(|tool| tool.spec.is_open_to(KeyAccess::Read))
        };
        // The clones share their schemas.
        let readable = tools.iter().filter(is_readable).cloned().collect();
        let list = |access, tools| List {
            tools,
            description: surface::description(registry, access).to_string().into(),
        };
        Self { full: list(KeyAccess::Full, tools), readable: list(KeyAccess::Read, readable) }
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
    tool.title = Some(declared.title.clone());
    tool.output_schema = Some(schema(&declared.output));
    tool.annotations = Some(annotations);
    tool
}

fn map(schema: &Value) -> Arc<Map<String, Value>> {
    Arc::new(schema.as_object().cloned().unwrap_or_default())
}
