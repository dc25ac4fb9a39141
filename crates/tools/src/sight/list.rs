//! The present states of the resources of a list: by one call for each docker host, not by one for each resource.

use std::collections::HashSet;

use covibe_coolify::State;
use covibe_docker_host::Status;
use covibe_domain::{Deployable, Kind};
use covibe_workspace::{Coolify, Hosted, RunningContainer, RunningContainers};
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

use super::current::{PATIENCE, Sight, sight};
use super::part::Part;
use super::told::read_row;
use crate::on_host::service_names;

/// The number of resources that are being started and are looked at concurrently.
const CONCURRENCY: usize = 4;

/// Returns what is seen of resources that were read just now, in the same order. Coolify is not asked to look: where no
/// docker host answers, the states are those of its rows.
pub(crate) async fn sights(coolify: &Coolify, resources: &[Hosted]) -> Vec<Sight> {
    let listed = by_docker(coolify, resources).await;
    let open = coolify.open_starts().await.unwrap_or_default();
    let mut looks = Vec::with_capacity(resources.len());
    for (resource, listed) in resources.iter().zip(listed) {
        let seen = listed.and_then(|listed| by_listing(resource, &listed));
        looks.push(complete(coolify, resource, seen, &open));
    }
    stream::iter(looks).buffered(CONCURRENCY).collect().await
}

/// Returns what runs of each by docker; `None` without a host, or without an answer of it in time.
async fn by_docker(coolify: &Coolify, resources: &[Hosted]) -> Vec<Option<RunningContainers>> {
    let nothing = || resources.iter().map(|_| None).collect();
    if resources.is_empty() || coolify.is_docker_silent() {
        return nothing();
    }
    match timeout(PATIENCE, coolify.running(resources)).await {
        Ok(Ok(listed)) => return listed,
        // Others use it at the moment.
        Ok(Err(failure)) if failure.kind == Kind::Limited => {}
        Ok(Err(_)) | Err(_) => coolify.note_docker_silence(),
    }
    nothing()
}

/// Returns what a listing says of a resource; `None` if it leaves the states of containers or the services open.
fn by_listing(resource: &Hosted, listed: &RunningContainers) -> Option<Sight> {
    let containers = &listed.containers;
    let is_open = |one: &RunningContainer| one.status() == Status::Unknown;
    let has_file = || resource.service().is_none_or(|service| service.compose().is_some());
    if containers.iter().any(is_open) || !(containers.is_empty() || has_file()) {
        return None;
    }
    Some(Sight::from_parts(resource, parts(resource, containers), listed.at))
}

fn parts(resource: &Hosted, containers: &[RunningContainer]) -> Vec<Part> {
    if !resource.is_compose() {
        return vec![Part::of_running(None, true, containers.first())];
    }
    let jobs = resource.jobs();
    let names = service_names(resource, containers.iter().map(RunningContainer::service));
    let parts = names.into_iter().map(|name| {
        let newest = containers.iter().find(|one| one.service() == name);
        let counts = !jobs.contains(&name);
        Part::of_running(Some(name), counts, newest)
    });
    // A listing does not tell a job that ended from one that never ran.
    parts.filter(|part| part.counts || !part.is_down()).collect()
}

/// Looks more closely at what runs nothing and may be starting, and reads Coolify's row of what docker did not show.
async fn complete(
    coolify: &Coolify,
    resource: &Hosted,
    seen: Option<Sight>,
    open: &HashSet<Deployable>,
) -> Sight {
    let (told, told_at) = read_row(resource);
    let is_open = open.contains(&resource.deployable());
    match seen {
        Some(seen) if !seen.status.state.runs_nothing() => seen,
        Some(seen) if !is_open && told.state != State::Starting => seen,
        // Boxed because the future is large.
        Some(_) => Box::pin(sight(coolify, resource)).await,
        None => {
            let row = Sight::from_row(told, told_at).unless_older_than_change(coolify, resource);
            let may_start = is_open && row.status.state.runs_nothing();
            let is_starting =
                may_start && coolify.is_being_started(resource, None).await.unwrap_or_default();
            if is_starting { row.with_state(State::Starting) } else { row }
        }
    }
}
