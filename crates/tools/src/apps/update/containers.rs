//! The containers of a compose app whose file changes.
//!
//! Coolify never removes a container that the file lost, and counts it as exited (seen with 4.3.11).

use covibe_compose::ComposeService;
use covibe_coolify::Service;
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::Coolify;

/// Takes the containers that the new file does not have, or has as databases, out of the state of the
/// app, and those that it has again back into it.
pub(in crate::apps) async fn exclude_lost(
    coolify: &Coolify,
    service: &Owned<Service>,
    file: &[ComposeService],
) -> Result<(), Failure> {
    for container in &service.applications {
        let kept = file.iter().find(|each| each.name == container.name && !each.is_database);
        // Coolify itself excludes what runs once.
        let is_excluded = kept.is_none_or(|kept| container.is_excluded && !kept.runs_on);
        if is_excluded != container.is_excluded {
            coolify.exclude_container(service, container, is_excluded).await?;
        }
    }
    Ok(())
}
