//! The surface in the words of its readers: all of it computed from the registry.

mod markdown;
mod mcp;
mod openapi;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::registry::{Registry, SURFACE_VERSION};

pub use markdown::markdown;
pub use mcp::{Entry, entries};
pub use openapi::openapi;

/// The self-description that `GET /api/mcp` answers.
pub fn description(registry: &Registry) -> Value {
    let tools: Vec<_> = registry
        .tools()
        .map(|tool| {
            let access = tool.spec.access.as_str();
            json!({ "name": tool.spec.name, "summary": tool.summary(), "access": access })
        })
        .collect();
    json!({ "name": "co-vibe", "version": SURFACE_VERSION, "tools": tools })
}

/// What tells two surfaces apart: a hash of names, schemas and descriptions.
pub fn digest(registry: &Registry) -> String {
    let hash = registry.tools().fold(Sha256::new(), |hash, tool| {
        let declared = json!([tool.spec.name, tool.description, tool.input, tool.output]);
        hash.chain_update(declared.to_string())
    });
    hex::encode(hash.finalize()).chars().take(16).collect()
}
