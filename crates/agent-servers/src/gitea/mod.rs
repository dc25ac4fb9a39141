//! The gitea server.

use covibe_operation::{Part, Tool};

/// The context of the gitea server.
#[derive(Clone, Debug)]
pub struct GiteaContext {}

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<GiteaContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    Vec::new()
}
