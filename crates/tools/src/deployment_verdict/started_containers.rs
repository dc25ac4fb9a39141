//! The containers that a start creates, beside those that it replaces, as docker showed them last.

use std::collections::HashSet;
use std::hash::Hash;

use covibe_coolify::{Health, LiveState, RunState};
use covibe_docker_host::{self as docker, ContainerId, Status};
use covibe_workspace::{Coolify, Hosted, OwnContainer};

use super::container_facts::{ContainerFault, ContainerState};
use super::container_monitor::Checks;

/// The maximum number of containers that are looked at.
pub(super) const MAX_CONTAINERS: usize = 30;

/// The containers of a resource beside a start: those from before it, and the newest of each service as docker showed
/// them last. `K` is the id of a container.
#[derive(Debug)]
pub(super) struct StartedContainers<K> {
    /// True if each service has a container of its own.
    is_compose: bool,
    /// The services that are to run on, and those that end by themselves; empty for a resource with one container.
    lasting: Vec<String>,
    jobs: Vec<String>,
    /// The containers that the start replaces, if they are known.
    before: Option<HashSet<K>>,
    /// The newest container of each service; `None` if the last look failed.
    shown: Option<Vec<ContainerState<K>>>,
    /// True if one from before the start was there, too.
    has_old: bool,
}

impl StartedContainers<ContainerId> {
    /// Creates the record of a resource that had no containers before and that nobody has looked at yet.
    pub(super) fn of_resource(resource: &Hosted) -> Self {
        Self::new(resource.is_compose(), resource.lasting_services(), resource.jobs())
    }
}

impl<K: Eq + Hash> StartedContainers<K> {
    /// Creates the record of a resource with these services that had no containers before and that nobody has looked at
    /// yet.
    pub(super) fn new(is_compose: bool, lasting: Vec<String>, jobs: Vec<String>) -> Self {
        let before = Some(HashSet::new());
        Self { is_compose, lasting, jobs, before, shown: None, has_old: false }
    }

    /// Notes the containers from before the start; `None` if they are not known.
    pub(super) fn note_before(&mut self, before: Option<HashSet<K>>) {
        self.before = before;
    }

    /// Notes the newest container of each service as a look showed them, and all that the look showed; `None` if it
    /// failed, because an earlier look may be outdated.
    pub(super) fn note_look(&mut self, look: Option<(Vec<ContainerState<K>>, &[K])>) {
        let is_old = |id: &K| self.before.as_ref().is_some_and(|before| before.contains(id));
        self.has_old = look.as_ref().is_some_and(|(_, all)| all.iter().any(is_old));
        self.shown = look.map(|(newest, _)| newest);
    }

    /// Returns whether docker answered the last look.
    pub(super) fn has_looked(&self) -> bool {
        self.shown.is_some()
    }

    /// Returns whether the last look showed no container.
    pub(super) fn is_empty(&self) -> bool {
        self.shown.as_ref().is_some_and(Vec::is_empty)
    }

    /// Returns whether a deployment is about to end, as far as its containers show: the new one runs, its health check
    /// has answered, and the old one is gone.
    pub(super) fn nears_end(&self) -> bool {
        !self.has_old && self.new_ones().any(|one| one.health != Some(docker::Health::Starting))
    }

    /// Returns the worst fault of the new containers.
    pub(super) fn fault(&self) -> Option<ContainerFault> {
        self.new_ones()
            .filter_map(|one| ContainerFault::from_state(one, self.is_job(&one.service)))
            .max()
    }

    /// Returns whether containers ran before the start, and all of them are gone.
    pub(super) fn has_removed_all(&self) -> bool {
        let before = self.before.as_ref().filter(|before| !before.is_empty());
        let is_there = |id: &K| self.all().any(|one| one.id == *id);
        self.has_looked() && before.is_some_and(|before| !before.iter().any(is_there))
    }

    /// Returns whether a container of the start was seen.
    pub(super) fn has_new(&self) -> bool {
        self.new_ones().next().is_some()
    }

    /// Returns whether the new container of a service runs, if that was seen.
    pub(super) fn live(&self, service: &str) -> Option<LiveState> {
        self.new_ones().find(|one| one.service == service).and_then(live_state)
    }

    /// Returns the state of an application's containers together in Coolify's terms, without those that end by
    /// themselves. `None` if the last look failed, or if Docker's words do not determine it.
    pub(super) fn application(&self) -> Option<LiveState> {
        let lasting = self.shown.as_ref()?.iter().filter(|one| !self.is_job(&one.service));
        let states: Vec<_> = lasting.map(live_state).collect();
        let mut worst = [Some(LiveState::Stopped), Some(LiveState::Absent), None].into_iter();
        let runs = if states.is_empty() { LiveState::Stopped } else { LiveState::Running };
        worst.find(|state| states.contains(state)).unwrap_or(Some(runs))
    }

    /// Returns the state of the start's containers together: those that are to run on, or else those that end by
    /// themselves. `None` if the last look failed, or if the containers from before the start are not known.
    pub(super) fn combined_state(&self) -> Option<CombinedState> {
        let (shown, _) = (self.shown.as_ref()?, self.before.as_ref()?);
        if !self.is_compose {
            return Some(CombinedState::from_states(
                &[self.only_container_state(shown)],
                combined_checks(shown.iter()),
            ));
        }
        if self.lasting.is_empty() {
            return (!self.jobs.is_empty()).then(|| self.jobs_together(shown));
        }
        let all: Vec<_> = self.lasting.iter().map(|name| self.live_of(shown, name)).collect();
        let own = |one: &&ContainerState<K>| self.lasting.contains(&one.service);
        Some(CombinedState::from_states(&all, combined_checks(shown.iter().filter(own))))
    }

    /// Returns the highest number of times that Docker restarted a container; `None` if no new one was seen.
    pub(super) fn restarts(&self) -> Option<i64> {
        let most = self.new_ones().map(|one| one.restarts).max()?;
        Some(i64::try_from(most).unwrap_or(i64::MAX))
    }

    /// Returns whether a service ends by itself.
    pub(super) fn is_job(&self, service: &str) -> bool {
        self.jobs.iter().any(|job| job == service)
    }

    /// Returns whether the container with this id is certainly one of the start.
    pub(super) fn is_certainly_new(&self, id: &K) -> bool {
        self.before.as_ref().is_some_and(|before| !before.contains(id))
    }

    /// Returns whether the container with this id may be one of the start.
    pub(super) fn may_be_new(&self, id: &K) -> bool {
        self.before.as_ref().is_none_or(|before| !before.contains(id))
    }

    fn all(&self) -> impl Iterator<Item = &ContainerState<K>> {
        self.shown.iter().flatten()
    }

    fn new_ones(&self) -> impl Iterator<Item = &ContainerState<K>> {
        self.all().filter(|one| self.is_certainly_new(&one.id))
    }

    /// Returns the state of the one container; `None` if it waits to be replaced.
    fn only_container_state(&self, shown: &[ContainerState<K>]) -> Option<LiveState> {
        match shown.first() {
            Some(one) if self.is_certainly_new(&one.id) => live_state(one),
            Some(_) => None,
            None => Some(LiveState::Absent),
        }
    }

    /// Returns the state of the container of a service; `None` if it waits to be replaced, or may be one of those that
    /// were not looked at.
    fn live_of(&self, shown: &[ContainerState<K>], service: &str) -> Option<LiveState> {
        match shown.iter().find(|one| one.service == service) {
            Some(one) if self.is_certainly_new(&one.id) => live_state(one),
            Some(_) => None,
            None => (shown.len() < MAX_CONTAINERS).then_some(LiveState::Absent),
        }
    }

    /// Returns the state of services together that all end by themselves.
    fn jobs_together(&self, shown: &[ContainerState<K>]) -> CombinedState {
        let has_ended_well = |name: &String| {
            let mut own = self.new_ones().filter(|one| one.service == *name);
            own.any(|one| one.status == Status::Exited && one.exit_code == 0)
        };
        let is_absent = |name: &String| self.live_of(shown, name) == Some(LiveState::Absent);
        CombinedState {
            live: self.jobs.iter().any(is_absent).then_some(LiveState::Absent),
            is_whole: true,
            checks: None,
            has_completed: self.jobs.iter().all(has_ended_well),
        }
    }
}

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
fn combined_checks<'a, K: 'a>(all: impl Iterator<Item = &'a ContainerState<K>>) -> Option<Checks> {
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
fn live_state<K>(one: &ContainerState<K>) -> Option<LiveState> {
    match one.status {
        Status::Running => Some(LiveState::Running),
        // It never ran: it waits for another one, or Docker could not start it.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn state(id: u8, service: &str, status: Status) -> ContainerState<u8> {
        let service = service.to_owned();
        ContainerState { id, service, status, exit_code: 0, health: None, restarts: 0 }
    }

    #[test]
    fn an_application_runs_if_all_services_run_that_do_not_end_by_themselves() {
        let mut started = StartedContainers::new(true, Vec::new(), vec!["migrate".to_owned()]);
        let ids = [1, 2, 3];
        let mut look = |worker: Status| {
            let shown = vec![
                state(1, "migrate", Status::Exited),
                state(2, "web", Status::Running),
                state(3, "worker", worker),
            ];
            started.note_look(Some((shown, ids.as_slice())));
            started.application()
        };
        assert_eq!(look(Status::Running), Some(LiveState::Running));
        assert_eq!(look(Status::Exited), Some(LiveState::Stopped));
        assert_eq!(look(Status::Created), Some(LiveState::Absent));
        assert_eq!(look(Status::Paused), None);
    }

    #[test]
    fn an_application_without_a_container_is_stopped_only_if_docker_was_asked() {
        let mut started = StartedContainers::<u8>::new(true, Vec::new(), Vec::new());
        assert_eq!((started.application(), started.is_empty()), (None, false));
        let none: [u8; 0] = [];
        started.note_look(Some((Vec::new(), none.as_slice())));
        assert_eq!((started.application(), started.is_empty()), (Some(LiveState::Stopped), true));
    }
}
