//! What the guard of `/api/mcp` needs.

use std::sync::Arc;

use actix_web::web::Bytes;
use covibe_dispatch::Dispatcher;

/// The path.
pub(super) const PATH: &str = "/api/mcp";

/// What the guard needs.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Authenticates and carries calls out.
    pub(super) dispatcher: Arc<Dispatcher>,
    /// The self-description, as JSON.
    pub(super) description: Bytes,
}
