//! The operations of each server, and those of all that a job of the runner gets.

use covibe_operation::{Part, Registry, Tool};

use crate::agent::AgentContext;
use crate::coolify::CoolifyContext;
use crate::gitea::GiteaContext;
use crate::platform::PlatformContext;
use crate::workspace::WorkspaceContext;
use crate::{agent, coolify, gitea, platform, workspace};

/// The hint for a name that is unlike every tool.
const LISTING: &str = "tools/list lists the tools.";

/// Returns the seven tools of the Coolify server.
pub fn coolify() -> Registry<CoolifyContext> {
    registry(coolify::tools())
}

/// Returns the six tools of the Gitea server.
pub fn gitea() -> Registry<GiteaContext> {
    registry(gitea::tools())
}

/// Returns the eight tools of the workspace server.
pub fn workspace() -> Registry<WorkspaceContext> {
    registry(workspace::tools())
}

/// Returns the seven tools of the platform server.
pub fn platform() -> Registry<PlatformContext> {
    registry(platform::tools())
}

/// Returns the two tools of the agent server.
pub fn agent() -> Registry<AgentContext> {
    registry(agent::tools())
}

/// Returns the 28 tools that a job of the runner gets, in a context that has that of each server.
pub fn job<Cx>() -> Registry<Cx>
where
    Cx: Part<CoolifyContext> + Part<GiteaContext> + Part<WorkspaceContext> + Part<PlatformContext>,
    Cx: Sync + 'static,
{
    let all = coolify::tools().into_iter().chain(gitea::tools());
    registry(all.chain(workspace::tools()).chain(platform::tools()))
}

fn registry<Cx>(tools: impl IntoIterator<Item = Tool<Cx>>) -> Registry<Cx> {
    tools.into_iter().collect::<Registry<Cx>>().with_listing(LISTING)
}
