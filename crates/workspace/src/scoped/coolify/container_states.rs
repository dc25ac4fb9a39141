//! Inspects containers in their current state, and sorts them as in the compose file.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use covibe_coolify::{Application, LiveState, Service};
use covibe_docker_host::{Container, Status};
use covibe_domain::{Failure, ServerUuid, Timestamp, boxed};
use covibe_policy::Owned;

use super::Coolify;
use crate::scoped::resource_access_errors::lost_host;

/// The maximum number of containers of one service that are inspected in one round. Each one costs Coolify a second.
const MAX_LOOKS: usize = 12;

/// The time for which a docker host that did not answer a short look is not asked.
const SILENCE: Duration = Duration::from_secs(10);

/// The latest inspection of each container of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspections {
    looks: Vec<Inspection>,
    /// True if all containers that are to run permanently were inspected.
    is_whole: bool,
}

/// The inspection of a container of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inspection {
    pub(super) name: String,
    pub(super) live: LiveState,
    at: Instant,
}

impl Inspections {
    /// Returns the combined state: stopped if any container is stopped, otherwise absent if any is absent.
    pub fn combined_state(&self) -> LiveState {
        let worst = self.looks.iter().map(|look| look.live);
        worst.max_by_key(|live| Reverse(rank(*live))).unwrap_or(LiveState::Absent)
    }

    /// Creates the inspections from the list of a docker host, which is sorted by service, the newest container of each
    /// first.
    fn from_listing(lasting: Vec<String>, containers: &[Container]) -> Self {
        let at = Instant::now();
        let look = |name: String| {
            let newest = containers.iter().find(|one| one.service == name);
            Inspection { live: newest.map_or(LiveState::Absent, container_state), name, at }
        };
        Self { looks: lasting.into_iter().map(look).collect(), is_whole: true }
    }

    /// Returns the state of the container of a service of the file; `None` if it was not inspected.
    pub fn state_of(&self, name: &str) -> Option<LiveState> {
        self.looks.iter().find(|look| look.name == name).map(|look| look.live)
    }

    /// Returns whether some of the containers run.
    pub fn any_runs(&self) -> bool {
        self.looks.iter().any(|look| look.live == LiveState::Running)
    }

    /// Returns whether all containers that are to run permanently were inspected.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns the time of the oldest inspection.
    pub fn oldest_time(&self) -> Option<Instant> {
        self.looks.iter().map(|look| look.at).min()
    }
}

/// Returns the containers to inspect now: first those that were not inspected yet, then those that did not run, then
/// those with the oldest inspection.
fn next_looks(mut lasting: Vec<String>, before: &[Inspection]) -> Vec<String> {
    lasting.sort_by_cached_key(|name| {
        let look = before.iter().find(|look| look.name == *name);
        look.map(|look| (look.live == LiveState::Running, look.at))
    });
    lasting.truncate(MAX_LOOKS);
    lasting
}

/// Returns the state of a container that a docker host lists.
fn container_state(container: &Container) -> LiveState {
    if container.status == Status::Running { LiveState::Running } else { LiveState::Stopped }
}

fn rank(live: LiveState) -> u8 {
    match live {
        LiveState::Stopped => 0,
        LiveState::Absent => 1,
        LiveState::Running => 2,
    }
}

impl Coolify {
    /// Returns whether this process started a resource in the last five minutes, so that the state that Coolify reports
    /// may be older than the start.
    pub fn is_recently_started(&self, uuid: &str) -> bool {
        self.cell.resources.acted_on.contains(uuid)
    }

    /// Records that an action on a resource is over: states that Coolify saw before are outdated.
    pub fn note_change(&self, uuid: &str) {
        self.cell.resources.settled.note(uuid);
    }

    /// Returns the time since this process acted on a resource, if that was in the last five minutes.
    pub(in crate::scoped) fn age_of_change(&self, uuid: &str) -> Option<Duration> {
        self.cell.resources.age_of_action(uuid)
    }

    /// Returns whether a state that Coolify saw at this moment may be older than an action of this process on the
    /// resource. Coolify reports whole seconds only.
    pub fn is_older_than_change(&self, uuid: &str, seen_at: Option<Timestamp>) -> bool {
        let Some(age) = self.age_of_change(uuid) else { return false };
        seen_at.is_none_or(|at| at < Timestamp::now().before(age))
    }

    /// Returns whether a docker host did not answer a short look of this tenant within the last seconds, so that
    /// further ones would wait in vain. A delay for one tenant's containers says nothing about another's.
    pub fn is_docker_silent(&self) -> bool {
        let age = self.cell.containers.unlisted_tenants.age(self.origins.record.tenant.as_str());
        age.is_some_and(|age| age < SILENCE)
    }

    /// Records that a docker host did not answer a short look of this tenant.
    pub fn note_docker_silence(&self) {
        self.cell.containers.unlisted_tenants.note(self.origins.record.tenant.as_str());
    }

    /// Inspects an application's container; the newest one, while a deployment replaces it. `None` if neither its
    /// docker host nor Coolify can tell its state.
    #[boxed]
    pub async fn look_at_application(
        &self,
        app: &Owned<Application>,
    ) -> Result<Option<LiveState>, Failure> {
        let listed = self.listed_containers(app.uuid.as_str(), app.server.as_ref()).await;
        if let Some(containers) = listed {
            let newest = containers.iter().max_by_key(|one| one.created_at);
            // As Coolify tells it.
            return Ok(Some(newest.map_or(LiveState::Stopped, container_state)));
        }
        self.application_by_coolify(app).await
    }

    /// Returns the containers of the resource with this uuid from the docker host of its server, the newest of each
    /// service first; `None` without a host, or if it does not answer.
    pub(super) async fn listed_containers(
        &self,
        uuid: &str,
        server: Option<&ServerUuid>,
    ) -> Option<Vec<Container>> {
        let host = self.docker_host(server).await.ok()??;
        host.containers(uuid).await.ok()
    }

    /// Has Coolify inspect an application's container. `None` if it cannot.
    #[boxed]
    pub async fn application_by_coolify(
        &self,
        app: &Owned<Application>,
    ) -> Result<Option<LiveState>, Failure> {
        let look = self.client.look_at_application(&app.uuid);
        self.cell.containers.inspections.run(app.uuid.as_str(), look).await
    }

    /// Inspects the containers of a service that are to run permanently: all of them if its docker host answers,
    /// otherwise as [`Coolify::service_by_coolify`] does.
    #[boxed]
    pub async fn look_at_service(
        &self,
        service: &Owned<Service>,
        before: Option<&Inspections>,
    ) -> Result<Option<Inspections>, Failure> {
        let lasting = lasting_containers(service);
        if lasting.is_empty() {
            return Ok(None);
        }
        let listed = self.listed_containers(service.uuid.as_str(), service.server.as_ref()).await;
        if let Some(containers) = listed {
            return Ok(Some(Inspections::from_listing(lasting, &containers)));
        }
        self.service_by_coolify(service, before).await
    }

    /// Has Coolify inspect up to twelve containers of a service that are to run permanently, others than in `before`
    /// first. The result contains `before` for the rest. `None` if there are no such containers, or if Coolify cannot
    /// inspect them.
    #[boxed]
    pub async fn service_by_coolify(
        &self,
        service: &Owned<Service>,
        before: Option<&Inspections>,
    ) -> Result<Option<Inspections>, Failure> {
        let lasting = lasting_containers(service);
        let before = before.map(|before| before.looks.as_slice()).unwrap_or_default();
        let next = next_looks(lasting.clone(), before);
        let looks = self.looks_by_coolify(service, next).await?;
        let Some(mut looks) = looks.filter(|looks| !looks.is_empty()) else { return Ok(None) };
        let is_new = |look: &&Inspection| looks.iter().all(|new| new.name != look.name);
        let kept: Vec<_> = before.iter().filter(is_new).cloned().collect();
        looks.extend(kept.into_iter().filter(|look| lasting.contains(&look.name)));
        let is_whole = looks.len() == lasting.len();
        Ok(Some(Inspections { looks, is_whole }))
    }

    /// Has Coolify inspect the containers of these services, one after the other. `None` if it cannot.
    ///
    /// # Errors
    ///
    /// Unready while an earlier inspection by Coolify goes on.
    pub(super) async fn looks_by_coolify(
        &self,
        service: &Service,
        names: Vec<String>,
    ) -> Result<Option<Vec<Inspection>>, Failure> {
        let mut looks = Vec::with_capacity(names.len());
        for name in names {
            let look = self.client.look_at_container(&service.uuid, &name);
            match self.cell.containers.inspections.run(service.uuid.as_str(), look).await? {
                Some(live) => looks.push(Inspection { name, live, at: Instant::now() }),
                None => return Ok(None),
            }
        }
        Ok(Some(looks))
    }

    /// Checks that Coolify reaches its server, as far as it reports. If the host of an app cannot be reached, Coolify
    /// deletes its records of the app, and the containers and volumes remain forever (4.3.11).
    ///
    /// # Errors
    ///
    /// Unready if Coolify reports the server as unreachable or unusable.
    #[boxed]
    pub async fn check_server(&self) -> Result<(), Failure> {
        let server = self.client.server().await?;
        let condition = self.client.server_condition(&server).await?;
        if condition.is_ready() { Ok(()) } else { Err(lost_host()) }
    }

    /// Returns whether containers of a service run, or are being started. Coolify may report a service as exited
    /// minutes after it was started (4.3.11), so the containers are inspected. If that is not possible, a service
    /// counts as running if this process started it in the last five minutes.
    #[boxed]
    pub async fn service_runs(&self, service: &Owned<Service>) -> Result<bool, Failure> {
        if !service.status.state.runs_nothing() {
            return Ok(true);
        }
        let mut looks = None;
        loop {
            looks = self.look_at_service(service, looks.as_ref()).await?;
            match &looks {
                None => return Ok(self.cell.resources.acted_on.contains(service.uuid.as_str())),
                Some(looks) if looks.any_runs() => return Ok(true),
                Some(looks) if looks.is_whole() => return Ok(false),
                Some(_) => {}
            }
        }
    }
}

/// Returns the names of the containers that are to run permanently.
fn lasting_containers(service: &Service) -> Vec<String> {
    let listed = service.file_services();
    if listed.is_empty() {
        let applications = service.applications.iter().map(|each| each.name.clone());
        return applications
            .chain(service.databases.iter().map(|each| each.name.clone()))
            .collect();
    }
    listed.iter().filter(|each| each.runs_on).map(|each| each.name.clone()).collect()
}

/// Returns a service with its containers in the order of its compose file. Coolify's order is arbitrary, and changes
/// (4.3.11).
pub(super) fn in_file_order(mut service: Service) -> Service {
    let (mut applications, mut databases) =
        (std::mem::take(&mut service.applications), std::mem::take(&mut service.databases));
    let listed = service.file_services();
    let position = |name: &str| {
        let at = listed.iter().position(|each| each.name == name);
        (at.unwrap_or(usize::MAX), name.to_owned())
    };
    applications.sort_by_cached_key(|each| position(&each.name));
    databases.sort_by_cached_key(|each| position(&each.name));
    (service.applications, service.databases) = (applications, databases);
    service
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inspects_new_containers_first_then_stopped_ones_then_the_oldest_inspection() {
        let lasting: Vec<_> = (0..14).map(|number| format!("s{number:02}")).collect();
        let first = next_looks(lasting.clone(), &[]);
        assert_eq!(first, lasting[..12]);
        let now = Instant::now();
        let looks: Vec<_> = first
            .into_iter()
            .enumerate()
            .map(|(number, name)| {
                let live = if name == "s07" { LiveState::Stopped } else { LiveState::Running };
                let at = now + Duration::from_secs(number as u64);
                Inspection { name, live, at }
            })
            .collect();
        let second = next_looks(lasting, &looks);
        assert_eq!(second[..5], ["s12", "s13", "s07", "s00", "s01"].map(str::to_owned));
        assert_eq!(second.len(), 12);
    }
}
