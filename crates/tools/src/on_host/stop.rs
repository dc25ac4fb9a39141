//! Stopping the containers of a resource.

use std::collections::BTreeSet;

use covibe_docker_host::ContainerDetails;
use covibe_domain::Failure;
use covibe_workspace::{ForeignLabel, Hosted, Inventory, OnHost, OwnContainer, Workspace};
use futures_util::{StreamExt as _, stream};

use super::InspectedContainer;

/// The number of containers that are stopped concurrently.
const CONCURRENCY: usize = 4;

/// Stops those of the resource's containers that run, and adds their names to `stopped`. If one can't be
/// stopped, the others are.
///
/// # Errors
///
/// The first failure.
pub(crate) async fn stop_all(
    host: &OnHost,
    seen: &Inventory,
    stopped: &mut BTreeSet<String>,
) -> Result<(), Failure> {
    let running = seen.containers().filter(|(_, state)| state.status.may_run());
    let stops: Vec<_> = running.map(|(container, state)| stop(host, container, state)).collect();
    let stops: Vec<_> = stream::iter(stops).buffered(CONCURRENCY).collect().await;
    let (done, failed): (Vec<_>, Vec<_>) = stops.into_iter().partition(Result::is_ok);
    stopped.extend(done.into_iter().flatten());
    failed.into_iter().next().map_or(Ok(()), |failed| failed.map(drop))
}

/// Ends all containers of a resource, because the image of this one has a label that it may not have; the same is not
/// started again. Returns whether none was seen to run afterwards.
pub(crate) async fn end_rejected(
    cx: &Workspace,
    host: &OnHost,
    resource: &Hosted,
    (rejected, label): (&InspectedContainer, &ForeignLabel),
) -> bool {
    let seen = std::slice::from_ref(&rejected.container);
    cx.end_rejected(host, resource, seen, label).await.is_whole()
}

/// Stops a container, and returns its name.
async fn stop(
    host: &OnHost,
    container: &OwnContainer,
    state: &ContainerDetails,
) -> Result<String, Failure> {
    host.stop(container, state).await?;
    Ok(container.name().to_owned())
}
