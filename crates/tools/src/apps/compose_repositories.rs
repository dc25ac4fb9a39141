//! Whether compose files are built from repositories here, which is the operator's to say.

use covibe_domain::Failure;
use covibe_workspace::Workspace;

/// Refuses a compose file in a repository, unless the operator allows them: what is in a repository
/// can change between any look of ours and Coolify's.
pub(in crate::apps) fn allow_compose_repository(cx: &Workspace) -> Result<(), Failure> {
    if cx.settings().compose_repositories {
        return Ok(());
    }
    Err(Failure::forbidden("Compose files in repositories are not built on this server.").hint(
        "Pass the file as composeRaw, with images instead of build; or build one Dockerfile. The \
         operator may allow it: COVIBE_ALLOW_COMPOSE_REPOSITORIES=true.",
    ))
}
