//! The containers of a resource together, as docker shows them.

use covibe_coolify::{Health, LiveState, RunState};
use covibe_docker_host::{self as docker, Status};
use covibe_workspace::{Coolify, Hosted, OwnContainer};

use super::container::ContainerState;
use super::monitor::Checks;

/// The state of the containers of several services together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CombinedState {
    /// A container that stopped counts most, then one that is absent; `None` for services that end by themselves.
    pub(super) live: Option<LiveState>,
    /// True if the start has replaced or created all of them.
    pub(super) is_whole: bool,
    /// The result of their health checks, if there are any.
    pub(super) checks: Option<Checks>,
    /// True if all end by themselves, and have ended well.
    pub(super) has_completed: bool,
}

impl CombinedState {
    /// Creates it from the state of each container; a container without a state is from before the start.
    pub(super) fn from_states(all: &[Option<LiveState>], checks: Option<Checks>) -> Self {
        let any = |live| all.contains(&Some(live));
        let worst = [LiveState::Stopped, LiveState::Absent].into_iter().find(|live| any(*live));
        let is_whole = !all.contains(&None);
        let live = Some(worst.unwrap_or(LiveState::Running));
        Self { live, is_whole, checks, has_completed: false }
    }
}

/// Returns the result of the health checks of containers together: one that failed counts most, then one that has not
/// answered yet.
pub(super) fn combined_checks<'a, K: 'a>(
    all: impl Iterator<Item = &'a ContainerState<K>>,
) -> Option<Checks> {
    let all: Vec<_> = all.map(|one| one.health).collect();
    let any = |health| all.contains(&Some(health));
    let health = match () {
        () if any(docker::Health::Unhealthy) => Health::Unhealthy,
        () if any(docker::Health::Starting) => Health::Unknown,
        () if any(docker::Health::Healthy) => Health::Healthy,
        () => return None,
    };
    Some(Checks { health, of_all: !all.contains(&None) })
}

/// Returns the state of a container in Coolify's terms; `None` if docker's word does not determine it.
pub(super) fn live_state<K>(one: &ContainerState<K>) -> Option<LiveState> {
    match one.status {
        Status::Running => Some(LiveState::Running),
        // It never ran: it waits for another one, or docker could not start it.
        Status::Created => Some(LiveState::Absent),
        Status::Restarting | Status::Exited | Status::Dead => Some(LiveState::Stopped),
        Status::Paused | Status::Removing | Status::Unknown => None,
    }
}

/// Returns whether containers of a resource may run, as far as Coolify reports: after a start it may report for five
/// minutes that there are none (4.3.11).
pub(super) fn may_run(coolify: &Coolify, resource: &Hosted) -> bool {
    let state = resource.service().map(|service| service.status.state);
    !state.is_some_and(RunState::runs_nothing) || coolify.is_recently_started(resource.uuid())
}

/// Returns the newest container of each service. They come by service, the newest of each first. The containers of an
/// app with one container have a service each, so the newest of all counts.
pub(super) fn newest(is_compose: bool, mut containers: Vec<OwnContainer>) -> Vec<OwnContainer> {
    if is_compose {
        containers.dedup_by(|one, before| one.service() == before.service());
        return containers;
    }
    containers.into_iter().max_by_key(OwnContainer::created_at).into_iter().collect()
}
