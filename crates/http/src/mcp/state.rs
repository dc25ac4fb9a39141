//! The state of the guard of `/api/mcp`.

use std::sync::Arc;

use actix_web::web::Bytes;
use covibe_dispatch::Dispatcher;

use super::spelling::Spelling;

/// The path of the MCP surface.
pub(super) const PATH: &str = "/api/mcp";

/// The state of the guard.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Authenticates and runs calls.
    pub(super) dispatcher: Arc<Dispatcher>,
    /// The description of the tools, as JSON.
    pub(super) description: Bytes,
    /// The description of the tools that only read, as JSON.
    pub(super) readable: Bytes,
    /// Spells the names of tools in answers.
    pub(super) spelling: Arc<Spelling>,
}
