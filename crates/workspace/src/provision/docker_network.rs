//! The workspace's own Docker network, and Coolify's destination on it.
//!
//! Resources that are created with the destination join this network and no other workspace's. The network has the
//! workspace's mark as a label; the destination is identified by its network. When Coolify's proxy starts, it creates a
//! missing network again, without the label (4.3.11): so the network of a recorded destination is ours.

use std::collections::BTreeMap;

use covibe_coolify::Destination;
use covibe_docker_host::{DockerHost, Network};
use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{DestinationUuid, Failure, ProjectUuid, ServerUuid, names};
use covibe_store::WorkspaceRecord;

use super::run_context::{ProvisionContext, StageOutcome};
use crate::scoped::{docker_change_failure, docker_failure};

/// The label of the network that has the workspace's mark.
const LABEL: &str = "covibe.mark";

/// Ensures that the workspace has a network of its own, if that is possible.
///
/// A workspace that was ready before it had one stays on the network that it shares, unless the operator wants to
/// change it: resources on the new network do not reach those on the old one.
pub(super) async fn ensure(on: &mut ProvisionContext) -> Result<StageOutcome, Failure> {
    let was_ready = on.record.provision_status == ProvisionStatus::Ready;
    let has_one = on.record.coolify_destination_uuid.is_some();
    let is_left = was_ready && !on.wants.has_network() || !on.platform.settings().own_networks;
    if is_left && !has_one {
        return Ok(StageOutcome::Omitted);
    }
    let Some(project) = on.record.coolify_project_uuid.clone() else {
        return Err(Failure::unready("The workspace has no Coolify project yet."));
    };
    let Some((server, host)) = network_host(on).await? else {
        return Ok(StageOutcome::Omitted);
    };
    let name = names::workspace_network(&project);
    let recorded = recorded_on(on, &server).await?;
    let found = recorded.as_ref().filter(|one| one.network == name);
    ensure_network(&on.record, &host, &name, found).await?;
    let uuid = match found {
        Some(found) => found.uuid.clone(),
        None => create_destination(on, &server, &name).await?,
    };
    if let Some(recorded) = recorded.filter(|one| one.uuid != uuid) {
        remove_replaced(on, &recorded).await;
    }
    on.record.coolify_destination_uuid = Some(uuid);
    on.record.coolify_destination_server = Some(server);
    Ok(StageOutcome::Done)
}

/// Returns the server on which workspaces get networks of their own, and its docker host, for calls in the tenant's share.
async fn network_host(on: &ProvisionContext) -> Result<Option<(ServerUuid, DockerHost)>, Failure> {
    let found = on.cell()?.network_host().await?;
    Ok(found.map(|(server, host)| (server, host.for_party(on.record.tenant.as_str()))))
}

async fn ensure_network(
    record: &WorkspaceRecord,
    host: &DockerHost,
    name: &str,
    destination: Option<&Destination>,
) -> Result<(), Failure> {
    match host.network(name).await.map_err(|error| docker_failure(&error))? {
        Some(found) if is_ours(record, &found, destination) => Ok(()),
        Some(_) => Err(taken_network(name)),
        None => {
            let mark = record.upstream_mark.clone().unwrap_or_default();
            let labels = BTreeMap::from([(LABEL.to_owned(), mark)]);
            let created = host.create_network(name, &labels).await;
            created.map_err(|error| docker_change_failure(&error))
        }
    }
}

/// Returns whether a network is the workspace's own: it has its mark, or is that of its recorded destination.
fn is_ours(record: &WorkspaceRecord, network: &Network, found: Option<&Destination>) -> bool {
    let mark = record.upstream_mark.as_deref().filter(|mark| !mark.is_empty());
    let is_marked = mark.is_some() && network.labels.get(LABEL).map(String::as_str) == mark;
    let recorded = record.coolify_destination_uuid.as_ref();
    is_marked || recorded.is_some() && found.map(|one| &one.uuid) == recorded
}

/// Creates the destination. An earlier attempt may have created the same one, or complete at the same time.
async fn create_destination(
    on: &ProvisionContext,
    server: &ServerUuid,
    network: &str,
) -> Result<DestinationUuid, Failure> {
    let coolify = on.coolify()?;
    let shown = names::coolify_project(&on.record.slug);
    match coolify.create_destination(server, &shown, network).await {
        Err(error) if error.is_conflict() => {
            let known = coolify.destinations(server).await?;
            let found = known.into_iter().find(|one| one.network == network);
            found.map(|one| one.uuid).ok_or_else(|| error.into())
        }
        created => Ok(created?),
    }
}

/// Returns the recorded destination, if it is on this server. The list of all has one for each workspace.
async fn recorded_on(
    on: &ProvisionContext,
    server: &ServerUuid,
) -> Result<Option<Destination>, Failure> {
    let is_here = on.record.coolify_destination_server.as_ref() == Some(server);
    match &on.record.coolify_destination_uuid {
        Some(uuid) if is_here => Ok(on.coolify()?.destination(uuid).await?),
        _ => Ok(None),
    }
}

/// Removes the destination of an earlier project of the workspace. A failure is only logged, because the remainder is
/// unused.
async fn remove_replaced(on: &ProvisionContext, replaced: &Destination) {
    let Ok(coolify) = on.coolify() else { return };
    if !names::is_workspace_network(&replaced.network) {
        return;
    }
    if let Err(error) = coolify.delete_destination(&replaced.uuid).await {
        tracing::warn!(%error, network = replaced.network, "an unused destination remains in Coolify");
    }
}

/// The existing parts of the network of a workspace.
pub(super) struct NetworkRemains {
    /// The network's name.
    name: String,
    destination: Option<DestinationUuid>,
    /// The docker host, if the network is there.
    host: Option<DockerHost>,
}

/// Searches for the workspace's network and its destination. A network without the workspace's mark is not touched.
pub(super) async fn find_remains(on: &ProvisionContext) -> Result<Option<NetworkRemains>, Failure> {
    let Some(project) = &on.record.coolify_project_uuid else { return Ok(None) };
    let Some((server, host)) = network_host(on).await? else {
        return find_recorded(on, project).await;
    };
    let name = names::workspace_network(project);
    let known = on.coolify()?.destinations(&server).await?;
    let found = known.iter().find(|one| one.network == name);
    let network = host.network(&name).await.map_err(|error| docker_failure(&error))?;
    let is_there = network.is_some();
    if network.is_some_and(|network| !is_ours(&on.record, &network, found)) {
        return Ok(None);
    }
    let destination = found.map(|one| one.uuid.clone());
    Ok(Some(NetworkRemains { name, destination, host: is_there.then_some(host) }))
}

/// Searches likewise if the docker host is no longer configured: Coolify removes the network with the destination.
async fn find_recorded(
    on: &ProvisionContext,
    project: &ProjectUuid,
) -> Result<Option<NetworkRemains>, Failure> {
    let record = &on.record;
    let Some(server) = &record.coolify_destination_server else { return Ok(None) };
    let name = names::workspace_network(project);
    let known = on.coolify()?.destinations(server).await?;
    let is_it = |one: &&Destination| {
        one.network == name && Some(&one.uuid) == record.coolify_destination_uuid.as_ref()
    };
    let destination = known.iter().find(is_it).map(|one| one.uuid.clone());
    Ok(Some(NetworkRemains { name, destination, host: None }))
}

/// Removes the destination and the network. Sets `has_removed` once something is removed.
pub(super) async fn remove(
    on: &ProvisionContext,
    found: &NetworkRemains,
    has_removed: &mut bool,
) -> Result<(), Failure> {
    if let Some(destination) = &found.destination {
        match on.coolify()?.delete_destination(destination).await {
            Err(error) if error.is_conflict() => return Err(used_destination()),
            deleted => deleted?,
        }
        *has_removed = true;
    }
    // Coolify removes the network with its destination, but there may be one without.
    if let Some(host) = &found.host {
        let removed = host.remove_network(&found.name).await;
        removed.map_err(|error| docker_change_failure(&error))?;
        *has_removed = true;
    }
    Ok(())
}

fn taken_network(name: &str) -> Failure {
    let message =
        format!("The docker host has a network {name} that was not created for this workspace.");
    Failure::conflict(message)
        .hint("Tell the operator to remove that network from the docker host.")
}

fn used_destination() -> Failure {
    Failure::conflict(
        "The workspace's destination in Coolify was not deleted: resources still use it.",
    )
    .hint("Tell the operator to delete those resources in Coolify, then repeat the call.")
}
