//! The workspace server.

use covibe_operation::{Part, Tool};

/// The context of the workspace server.
#[derive(Clone, Debug)]
pub struct WorkspaceContext {}

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<WorkspaceContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    Vec::new()
}
