//! The containers of a compose app whose file changes.
//!
//! Coolify never removes a container that the file lost, and counts it as exited. With each change of a
//! container, it writes the container's image into the stored file, where a service that the file lost comes
//! back with nothing but its image (seen with 4.3.11). So lost containers are changed before the file is
//! written, and those that the file has after it.

use covibe_compose::ComposeService;
use covibe_coolify::{Service, ServiceApplication};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::Coolify;

/// Takes the containers that the new file does not have, or has as databases, out of the state of the app.
/// Returns whether there were any: the file must be written then.
pub(in crate::apps) async fn exclude_lost(
    coolify: &Coolify,
    service: &Owned<Service>,
    file: &[ComposeService],
) -> Result<bool, Failure> {
    let is_lost = |one: &ServiceApplication| !one.is_excluded && find_in_file(one, file).is_none();
    set_excluded(coolify, service, is_lost, true).await
}

/// Counts the containers again that the file has, unless they run once: Coolify itself excludes those.
/// Returns whether there were any.
pub(in crate::apps) async fn include_returned(
    coolify: &Coolify,
    service: &Owned<Service>,
    file: &[ComposeService],
) -> Result<bool, Failure> {
    let is_back = |one: &ServiceApplication| {
        one.is_excluded && find_in_file(one, file).is_some_and(|it| it.runs_on)
    };
    set_excluded(coolify, service, is_back, false).await
}

/// Returns what the file has for a container, unless Coolify takes it for a database.
fn find_in_file<'a>(
    container: &ServiceApplication,
    file: &'a [ComposeService],
) -> Option<&'a ComposeService> {
    file.iter().find(|each| each.name == container.name && !each.is_database)
}

async fn set_excluded(
    coolify: &Coolify,
    service: &Owned<Service>,
    is_it: impl Fn(&ServiceApplication) -> bool,
    is_excluded: bool,
) -> Result<bool, Failure> {
    let mut any = false;
    for container in service.applications.iter().filter(|one| is_it(one)) {
        coolify.exclude_container(service, container, is_excluded).await?;
        any = true;
    }
    Ok(any)
}
