//! The platform server.

use covibe_operation::{Part, Tool};

/// The context of the platform server.
#[derive(Clone, Debug)]
pub struct PlatformContext {}

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<PlatformContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    Vec::new()
}
