//! The coolify server.

use covibe_operation::{Part, Tool};

/// The context of the coolify server.
#[derive(Clone, Debug)]
pub struct CoolifyContext {}

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<CoolifyContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    Vec::new()
}
