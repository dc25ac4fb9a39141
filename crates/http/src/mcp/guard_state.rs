//! The state of the guard of `/api/mcp`.

use std::sync::Arc;

use covibe_dispatch::Dispatcher;

use super::tool_and_cookbook_lists::SharedLists;

/// The path of the MCP surface.
pub(super) const PATH: &str = "/api/mcp";

/// The state of the guard.
#[derive(Clone, Debug)]
pub(super) struct GuardState {
    /// Authenticates and runs calls.
    pub(super) dispatcher: Arc<Dispatcher>,
    /// The lists of tools.
    pub(super) listed: SharedLists,
}
