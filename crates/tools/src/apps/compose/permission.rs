//! The check of whether this server builds compose files in repositories.

use covibe_domain::Failure;
use covibe_workspace::{CloneProtocol, Workspace};

use crate::apps::errors::{compose_repositories_disabled, compose_repositories_over_ssh};

/// Refuses a compose file in a repository if the operator turned them off, or if Coolify clones over SSH: the key of an
/// app opens its repository, and not the release that was checked.
pub(in crate::apps) fn check_compose_repositories(cx: &Workspace) -> Result<(), Failure> {
    if !cx.settings().compose_repositories {
        return Err(compose_repositories_disabled());
    }
    match cx.settings().clone_protocol {
        CloneProtocol::Https => Ok(()),
        CloneProtocol::Ssh => Err(compose_repositories_over_ssh()),
    }
}
