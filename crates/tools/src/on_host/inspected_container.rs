//! Containers with their states in docker.

use covibe_docker_host::ContainerDetails;
use covibe_domain::{Failure, Kind};
use covibe_workspace::{OnHost, OwnContainer};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// The number of containers that are looked at concurrently.
const CONCURRENCY: usize = 4;

/// A container and its state in docker.
#[derive(Debug)]
pub(crate) struct InspectedContainer {
    /// The container.
    pub(crate) container: OwnContainer,
    /// Its state.
    pub(crate) state: ContainerDetails,
}

/// Returns containers with their states, in the same order; one that was removed meanwhile is left out.
pub(crate) async fn inspect_containers(
    host: &OnHost,
    containers: Vec<OwnContainer>,
) -> Result<Vec<InspectedContainer>, Failure> {
    let held = stream::iter(containers).map(async |container| read_one(host, container).await);
    let held: Vec<_> = held.buffered(CONCURRENCY).try_collect().await?;
    Ok(held.into_iter().flatten().collect())
}

async fn read_one(
    host: &OnHost,
    container: OwnContainer,
) -> Result<Option<InspectedContainer>, Failure> {
    match host.state(&container).await {
        Ok(state) => Ok(Some(InspectedContainer { container, state })),
        Err(failure) if failure.kind == Kind::Conflict => Ok(None),
        Err(failure) => Err(failure),
    }
}
