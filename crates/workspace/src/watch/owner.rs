//! Whose a container is that runs on a docker host.

use std::sync::Arc;

use covibe_docker_host::{DockerHost, Running};
use covibe_domain::{Access, Failure, HostedUuid, Slug, names};
use covibe_store::WorkspaceRecord;

use crate::operators;
use crate::platform::Platform;
use crate::scoped::{Coolify, Hosted, OnHost, OwnContainer};
use crate::workspace::Workspace;

/// A container of a workspace.
pub(super) struct Owned {
    pub(super) workspace: Workspace,
    pub(super) coolify: Coolify,
    pub(super) resource: Hosted,
    pub(super) host: OnHost,
    pub(super) container: OwnContainer,
}

/// Returns the workspace's container; none if this server has no such workspace. The label with the name of
/// Coolify's project only says where to look: the workspace's project must have the resource.
///
/// # Errors
///
/// Also that the project does not have the resource: Coolify may show it later, or it was just deleted.
pub(super) async fn of(
    platform: &Arc<Platform>,
    host: &DockerHost,
    running: &Running,
) -> Result<Option<Owned>, Failure> {
    let Some(record) = record(platform, running).await? else { return Ok(None) };
    let Ok(uuid) = running.uuid.parse::<HostedUuid>() else { return Ok(None) };
    let workspace = operators::open(Arc::clone(platform), record, Access::Read);
    let coolify = workspace.coolify().await?.unshared().refreshed();
    let resource = coolify.hosted(&uuid).await?;
    let seen = OnHost::with(host, &resource, running);
    Ok(seen.map(|(host, container)| Owned { workspace, coolify, resource, host, container }))
}

/// Returns the record of the workspace in whose project Coolify says that a container is.
async fn record(
    platform: &Platform,
    running: &Running,
) -> Result<Option<WorkspaceRecord>, Failure> {
    let slug = running.project.as_deref().and_then(names::slug_of_project);
    let Some(slug) = slug.and_then(|slug| slug.parse::<Slug>().ok()) else { return Ok(None) };
    Ok(platform.store.workspace_of_slug(&slug).await?)
}
