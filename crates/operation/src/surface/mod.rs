//! Documents that describe the surface, all of them computed from the registry.

mod mcp_tool_list;
mod openapi;
mod tools_page;

use covibe_domain::entities::KeyAccess;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::registry::Registry;

pub use mcp_tool_list::{McpTool, mcp_tools};
pub use openapi::openapi;
pub use tools_page::markdown;

/// The version of the surface. Names are append-only within a major version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the self-description that `GET /api/mcp` answers, with the tools that are open to this
/// access.
pub fn description<Cx>(registry: &Registry<Cx>, access: KeyAccess) -> Value {
    let tools: Vec<_> = registry
        .tools_open_to(access)
        .map(|tool| {
            let access = tool.spec.access.as_str();
            json!({ "name": tool.spec.name, "summary": tool.summary(), "access": access })
        })
        .collect();
    json!({ "name": "co-vibe", "version": VERSION, "tools": tools })
}

/// Returns what can be seen of the surface from outside: its version and digest, the names of the tools in their order,
/// and the method and path of every operation. The gates of a hosted origin compare servers with it.
pub fn outline<Cx: Sync + 'static>(registry: &Registry<Cx>) -> Value {
    let tools: Vec<_> = registry.tools().map(|tool| tool.spec.name).collect();
    let routes = registry.operations().map(|tool| {
        let route = tool.spec.route;
        json!({ "method": route.method.as_str(), "path": route.full_path() })
    });
    let routes: Vec<_> = routes.collect();
    json!({ "version": VERSION, "digest": registry.digest(), "tools": tools, "routes": routes })
}

/// Returns a digest of a text: 16 hexadecimal digits.
pub fn digest_of(text: &str) -> String {
    hex::encode(Sha256::digest(text)).chars().take(16).collect()
}
