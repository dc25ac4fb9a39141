//! Whose containers are that run on a docker host.

use std::sync::Arc;

use covibe_docker_host::{DockerHost, Running};
use covibe_domain::{Access, Failure, HostedUuid, Kind, Slug, names};
use covibe_store::WorkspaceRecord;

use crate::operator_access;
use crate::platform::Platform;
use crate::scoped::{Coolify, Hosted, OnHost, OwnContainer};
use crate::workspace::Workspace;

/// Whose the containers of a resource are.
pub(super) enum ContainerOwner {
    /// A workspace's.
    Workspace(Box<OwnedContainers>),
    /// Nobody's: Coolify no longer has the resource, which was of this workspace's project.
    Gone(Box<Workspace>),
    /// Nobody's whom this server knows.
    Unknown,
}

/// Containers of a workspace's resource.
pub(super) struct OwnedContainers {
    pub(super) workspace: Workspace,
    pub(super) coolify: Coolify,
    pub(super) resource: Hosted,
    pub(super) host: OnHost,
    pub(super) containers: Vec<OwnContainer>,
}

/// Returns whose the containers of a resource are, by one look at what Coolify has. The label with the name of
/// Coolify's project only says where to look: the workspace's project must have the resource.
///
/// # Errors
///
/// Also that another project has the resource.
pub(super) async fn owner_of(
    platform: &Arc<Platform>,
    host: &DockerHost,
    running: &[Running],
) -> Result<ContainerOwner, Failure> {
    let Some(first) = running.first() else { return Ok(ContainerOwner::Unknown) };
    let Some(record) = record(platform, first).await? else { return Ok(ContainerOwner::Unknown) };
    let Ok(uuid) = first.uuid.parse::<HostedUuid>() else { return Ok(ContainerOwner::Unknown) };
    let workspace = operator_access::open(Arc::clone(platform), record, Access::Read);
    let coolify = workspace.coolify().await?.watching().refreshed();
    let resource = match coolify.hosted(&uuid).await {
        Err(failure) if failure.kind == Kind::NotFound && coolify.is_gone(&uuid).await? => {
            return Ok(ContainerOwner::Gone(Box::new(workspace)));
        }
        found => found?,
    };
    let (host, containers) = OnHost::with_seen(host, resource.uuid(), running);
    Ok(ContainerOwner::Workspace(Box::new(OwnedContainers {
        workspace,
        coolify,
        resource,
        host,
        containers,
    })))
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
