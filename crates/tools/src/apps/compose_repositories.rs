//! Whether compose files in repositories are built on this server.

use covibe_domain::Failure;
use covibe_workspace::{CloneProtocol, Workspace};

use super::errors::{compose_repositories_disabled, compose_repositories_over_ssh};

/// Refuses a compose file in a repository where the operator turned them off, or where Coolify clones over SSH: the key
/// of an app opens its repository, and not what was checked of it.
pub(super) fn check_compose_repositories(cx: &Workspace) -> Result<(), Failure> {
    if !cx.settings().compose_repositories {
        return Err(compose_repositories_disabled());
    }
    match cx.settings().clone_protocol {
        CloneProtocol::Https => Ok(()),
        CloneProtocol::Ssh => Err(compose_repositories_over_ssh()),
    }
}
