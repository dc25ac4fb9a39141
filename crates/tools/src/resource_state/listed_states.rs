//! The current states of the resources of a list: by one call for each docker host, not by one for each resource.

use covibe_coolify::RunState;
use covibe_docker_host::Status;
use covibe_workspace::{Coolify, Hosted, RunningContainer, RunningContainers};
use futures_util::{StreamExt as _, stream};

use super::coolify_report::read_row;
use super::current_state::{PATIENCE, Sight, sight};
use super::service_state::Part;
use crate::container_access::service_names;

/// The number of resources that are looked at by themselves concurrently.
const CONCURRENCY: usize = 4;

/// The maximum number of resources of a list that are looked at by themselves, each of which costs a call to Coolify.
const MAX_LOOKS: usize = 8;

/// Returns what is seen of resources that were read just now, in the same order. Coolify is not asked to look: where no
/// docker host answers, the states are those of its rows.
pub(crate) async fn sights(coolify: &Coolify, resources: &[Hosted]) -> Vec<Sight> {
    let listed = by_docker(coolify, resources).await;
    let open = coolify.open_starts().await.unwrap_or_default();
    let (mut looks, mut closer) = (Vec::with_capacity(resources.len()), 0);
    for (resource, listed) in resources.iter().zip(listed) {
        let listed = listed.filter(|listed| is_whole(resource, listed));
        let is_open = open.contains(&resource.deployable());
        let needs_look = listed.as_ref().is_some_and(|it| needs_look(resource, it, is_open));
        closer += usize::from(needs_look);
        let way = match listed {
            Some(_) if needs_look && closer <= MAX_LOOKS => Way::Look,
            Some(listed) if !needs_look => Way::Listed(listed),
            _ => Way::Row { is_open },
        };
        looks.push(way.read_sight(coolify, resource));
    }
    stream::iter(looks).buffered(CONCURRENCY).collect().await
}

/// Returns what runs of each by docker; `None` without a host, or without an answer of it in time.
async fn by_docker(coolify: &Coolify, resources: &[Hosted]) -> Vec<Option<RunningContainers>> {
    if resources.is_empty() || coolify.is_docker_silent() {
        return resources.iter().map(|_| None).collect();
    }
    let listed = coolify.running(resources, PATIENCE).await;
    if listed.is_late {
        coolify.note_docker_silence();
    }
    listed.resources
}

/// Returns whether a listing has the states of all services: that needs a gate that passes states on, and the compose
/// file, which Coolify's lists leave out of apps whose file is in their repository (4.3).
fn is_whole(resource: &Hosted, listed: &RunningContainers) -> bool {
    let is_told = |one: &RunningContainer| one.status() != Status::Unknown;
    let has_services = match resource.service() {
        Some(service) => service.compose().is_some(),
        None => !resource.is_compose(),
    };
    listed.containers.iter().all(is_told) && (listed.containers.is_empty() || has_services)
}

/// Returns whether a resource that runs nothing is to be looked at by itself: it may be starting, or be on a server
/// whose host was not asked.
fn needs_look(resource: &Hosted, listed: &RunningContainers, is_open: bool) -> bool {
    let told = read_row(resource).0.state;
    let may_be_elsewhere = !listed.is_certain && !told.runs_nothing();
    listed.containers.is_empty() && (is_open || told == RunState::Starting || may_be_elsewhere)
}

fn parts(resource: &Hosted, containers: &[RunningContainer]) -> Vec<Part> {
    if !resource.is_compose() {
        return vec![Part::from_running(None, true, containers.first())];
    }
    let jobs = resource.jobs();
    let names = service_names(resource, containers.iter().map(RunningContainer::service));
    let parts = names.into_iter().map(|name| {
        let newest = containers.iter().find(|one| one.service() == name);
        let counts = !jobs.contains(&name);
        Part::from_running(Some(name), counts, newest)
    });
    // A listing does not tell a job that ended from one that never ran.
    parts.filter(|part| part.counts || !part.is_down()).collect()
}

/// The way in which the state of one resource is seen.
enum Way {
    /// By what was listed.
    Listed(RunningContainers),
    /// By a look at it alone.
    Look,
    /// By Coolify's row. `is_open` is whether a start of it may be open.
    Row { is_open: bool },
}

impl Way {
    async fn read_sight(self, coolify: &Coolify, resource: &Hosted) -> Sight {
        match self {
            Self::Listed(listed) => {
                Sight::from_parts(resource, parts(resource, &listed.containers), listed.at)
            }
            Self::Look => {
                // Only an answer about it alone contains its server.
                let read = coolify.reread(resource).await;
                let resource = read.as_ref().unwrap_or(resource);
                // Boxed because the future is large.
                Box::pin(sight(coolify, resource)).await
            }
            Self::Row { is_open } => {
                let (told, told_at) = read_row(resource);
                let row =
                    Sight::from_row(told, told_at).unless_older_than_change(coolify, resource);
                let may_start = is_open && row.status.state.runs_nothing();
                let is_starting =
                    may_start && coolify.is_being_started(resource, None).await.unwrap_or_default();
                if is_starting { row.with_state(RunState::Starting) } else { row }
            }
        }
    }
}
