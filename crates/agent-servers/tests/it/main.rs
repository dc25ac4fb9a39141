//! The tools against upstreams over HTTP, folders and processes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails like the test itself"
)]

mod agent;
mod call;
mod coolify;
mod gitea;
mod platform;
mod workspace;

use std::fmt::Debug;

use covibe_agent_servers::registry;
use covibe_domain::entities::KeyAccess;
use covibe_operation::Registry;
use covibe_operation::surface::mcp_tools;

/// The most bytes of a tool's name, description and parameters, on average of a server: every conversation carries the
/// list of tools.
const MAX_AVERAGE: usize = 540;

fn check<Cx: Debug>(registry: &Registry<Cx>) {
    let tools = mcp_tools(registry, KeyAccess::Full);
    let size = |input: &serde_json::Value| input.to_string().len();
    let sizes = tools.iter().map(|it| it.name.len() + it.description.len() + size(&it.input));
    let total: usize = sizes.sum();
    assert!(total <= MAX_AVERAGE * tools.len(), "{total} bytes in {} tools", tools.len());
    for tool in tools {
        let text = tool.input.to_string();
        for word in ["$ref", "oneOf", "anyOf", "\"const\""] {
            assert!(!text.contains(word), "{}: {text}", tool.name);
        }
        assert!(!tool.description.is_empty(), "{}", tool.name);
    }
}

#[test]
fn a_tool_is_short_and_its_schema_is_one_that_every_client_takes() {
    check(&registry::coolify());
    check(&registry::gitea());
}
