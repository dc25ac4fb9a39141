//! Whether compose files in repositories are built on this server.

use covibe_domain::Failure;
use covibe_workspace::Workspace;

use super::errors::compose_repositories_disabled;

/// Refuses a compose file in a repository unless the operator allows them: the content of the
/// repository can change between Co-Vibe's check of the file and Coolify's build.
pub(super) fn check_compose_repositories(cx: &Workspace) -> Result<(), Failure> {
    if cx.settings().compose_repositories {
        return Ok(());
    }
    Err(compose_repositories_disabled())
}
