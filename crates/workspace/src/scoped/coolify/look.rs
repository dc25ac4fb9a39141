//! Looking at containers as they are at this moment, and the order of a compose file.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use covibe_compose::{ListedService, listed_services};
use covibe_coolify::{Application, Live, Service};
use covibe_docker_host::{Container, Status};
use covibe_domain::{Failure, ServerUuid, Timestamp, boxed};
use covibe_policy::Owned;

use super::Coolify;
use crate::scoped::errors::lost_host;

/// The number of containers of one service that are looked at in one round. Each one costs Coolify a
/// second.
const MAX_LOOKS: usize = 12;

/// The time for which a docker host is left alone that did not answer a short look.
const SILENCE: Duration = Duration::from_secs(10);

/// The last look at each container of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    looks: Vec<Look>,
    /// Whether there were looks at all containers that are to run on.
    is_whole: bool,
}

/// A look at a container of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) name: String,
    pub(super) live: Live,
    at: Instant,
}

impl Looks {
    /// Returns what they are together: one that was stopped counts most, then one that is absent.
    pub fn together(&self) -> Live {
        let worst = self.looks.iter().map(|look| look.live);
        worst.max_by_key(|live| Reverse(rank(*live))).unwrap_or(Live::Absent)
    }

    /// Creates those at what a docker host lists, where containers come by service, the newest of each first.
    fn of_host(lasting: Vec<String>, containers: &[Container]) -> Self {
        let at = Instant::now();
        let look = |name: String| {
            let newest = containers.iter().find(|one| one.service == name);
            Look { live: newest.map_or(Live::Absent, live), name, at }
        };
        Self { looks: lasting.into_iter().map(look).collect(), is_whole: true }
    }

    /// Returns the container of a service of the file; `None` if it was not looked at.
    pub fn of(&self, name: &str) -> Option<Live> {
        self.looks.iter().find(|look| look.name == name).map(|look| look.live)
    }

    /// Returns whether some of them run.
    pub fn any_runs(&self) -> bool {
        self.looks.iter().any(|look| look.live == Live::Running)
    }

    /// Returns whether there were looks at all containers that are to run on.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns when the oldest of the looks was.
    pub fn oldest(&self) -> Option<Instant> {
        self.looks.iter().map(|look| look.at).min()
    }
}

/// Returns the containers to look at now: first those that were not looked at yet, then those that did
/// not run, then those whose look is oldest.
fn next_looks(mut lasting: Vec<String>, before: &[Look]) -> Vec<String> {
    lasting.sort_by_cached_key(|name| {
        let look = before.iter().find(|look| look.name == *name);
        look.map(|look| (look.live == Live::Running, look.at))
    });
    lasting.truncate(MAX_LOOKS);
    lasting
}

/// Returns what a container does that a docker host lists.
fn live(container: &Container) -> Live {
    if container.status == Status::Running { Live::Running } else { Live::Stopped }
}

fn rank(live: Live) -> u8 {
    match live {
        Live::Stopped => 0,
        Live::Absent => 1,
        Live::Running => 2,
    }
}

impl Coolify {
    /// Whether this process started a resource in the last five minutes, so that what Coolify tells of
    /// it may be older than the start.
    pub fn is_recently_started(&self, uuid: &str) -> bool {
        self.cell.recent.contains(uuid)
    }

    /// Notes that something was done with a resource, and is over: what Coolify saw before says nothing of now.
    pub fn note_change(&self, uuid: &str) {
        self.cell.changed.note(uuid);
    }

    /// Returns how long ago this process did something with a resource, if that was in the last five minutes.
    pub(in crate::scoped) fn age_of_change(&self, uuid: &str) -> Option<Duration> {
        self.cell.recent.age(uuid).into_iter().chain(self.cell.changed.age(uuid)).min()
    }

    /// Returns whether a state that Coolify saw at this moment may be from before something that this process did with the
    /// resource: it tells only the second.
    pub fn is_older_than_change(&self, uuid: &str, seen_at: Option<Timestamp>) -> bool {
        let Some(age) = self.age_of_change(uuid) else { return false };
        seen_at.is_none_or(|at| at < Timestamp::now().before(age))
    }

    /// Returns whether a docker host did not answer a short look of this tenant within the last seconds: further ones
    /// would wait in vain. What delays one tenant's containers says nothing of another's.
    pub fn is_docker_silent(&self) -> bool {
        let age = self.cell.listings.unshown.age(self.origins.record.tenant.as_str());
        age.is_some_and(|age| age < SILENCE)
    }

    /// Notes that a docker host did not answer a short look of this tenant.
    pub fn note_docker_silence(&self) {
        self.cell.listings.unshown.note(self.origins.record.tenant.as_str());
    }

    /// Looks at an application's container; the newest one, while a deployment replaces it. `None` where neither
    /// its docker host answers nor Coolify can look.
    #[boxed]
    pub async fn look_at_application(
        &self,
        app: &Owned<Application>,
    ) -> Result<Option<Live>, Failure> {
        let listed = self.listed_containers(app.uuid.as_str(), app.server.as_ref()).await;
        if let Some(containers) = listed {
            let newest = containers.iter().max_by_key(|one| one.created_at);
            // As Coolify tells it.
            return Ok(Some(newest.map_or(Live::Stopped, live)));
        }
        self.application_by_coolify(app).await
    }

    /// Returns the containers of the resource with this uuid as the docker host of its server lists them, the
    /// newest of each service first; `None` without a host, or without an answer of it.
    pub(super) async fn listed_containers(
        &self,
        uuid: &str,
        server: Option<&ServerUuid>,
    ) -> Option<Vec<Container>> {
        let host = self.docker_host(server).await.ok()??;
        host.containers(uuid).await.ok()
    }

    /// Has Coolify look at an application's container. `None` where it cannot.
    #[boxed]
    pub async fn application_by_coolify(
        &self,
        app: &Owned<Application>,
    ) -> Result<Option<Live>, Failure> {
        let look = self.client.look_at_application(&app.uuid);
        self.cell.looks.take(app.uuid.as_str(), look).await
    }

    /// Looks at those containers of a service that are to run on: at all of them where its docker host
    /// answers, and otherwise as [`Coolify::service_by_coolify`] does.
    #[boxed]
    pub async fn look_at_service(
        &self,
        service: &Owned<Service>,
        before: Option<&Looks>,
    ) -> Result<Option<Looks>, Failure> {
        let lasting = lasting(service);
        if lasting.is_empty() {
            return Ok(None);
        }
        let listed = self.listed_containers(service.uuid.as_str(), service.server.as_ref()).await;
        if let Some(containers) = listed {
            return Ok(Some(Looks::of_host(lasting, &containers)));
        }
        self.service_by_coolify(service, before).await
    }

    /// Has Coolify look at those containers of a service that are to run on: at up to twelve of them, and at
    /// others than `before` did. The result has the looks of `before` at the others. `None` if there are no such
    /// containers, or if Coolify cannot look.
    #[boxed]
    pub async fn service_by_coolify(
        &self,
        service: &Owned<Service>,
        before: Option<&Looks>,
    ) -> Result<Option<Looks>, Failure> {
        let lasting = lasting(service);
        let before = before.map(|before| before.looks.as_slice()).unwrap_or_default();
        let next = next_looks(lasting.clone(), before);
        let looks = self.looks_by_coolify(service, next).await?;
        let Some(mut looks) = looks.filter(|looks| !looks.is_empty()) else { return Ok(None) };
        let is_new = |look: &&Look| looks.iter().all(|new| new.name != look.name);
        let kept: Vec<_> = before.iter().filter(is_new).cloned().collect();
        looks.extend(kept.into_iter().filter(|look| lasting.contains(&look.name)));
        let is_whole = looks.len() == lasting.len();
        Ok(Some(Looks { looks, is_whole }))
    }

    /// Has Coolify look at the containers of these services, one after the other. `None` if it cannot.
    ///
    /// # Errors
    ///
    /// Unready while Coolify is at an earlier look.
    pub(super) async fn looks_by_coolify(
        &self,
        service: &Service,
        names: Vec<String>,
    ) -> Result<Option<Vec<Look>>, Failure> {
        let mut looks = Vec::with_capacity(names.len());
        for name in names {
            let look = self.client.look_at_container(&service.uuid, &name);
            match self.cell.looks.take(service.uuid.as_str(), look).await? {
                Some(live) => looks.push(Look { name, live, at: Instant::now() }),
                None => return Ok(None),
            }
        }
        Ok(Some(looks))
    }

    /// Checks that Coolify reaches its server, as far as it reports: it deletes what it knows of an app whose
    /// host can't be reached, and the containers and volumes stay for ever (4.3.11).
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

    /// Whether containers of a service run, or are being started. Coolify may tell that a service
    /// is exited minutes after it was started (4.3.11), so docker is looked at; a release that
    /// cannot look is taken to run what this process started in the last five minutes.
    #[boxed]
    pub async fn service_runs(&self, service: &Owned<Service>) -> Result<bool, Failure> {
        if !service.status.state.runs_nothing() {
            return Ok(true);
        }
        let mut looks = None;
        loop {
            looks = self.look_at_service(service, looks.as_ref()).await?;
            match &looks {
                None => return Ok(self.cell.recent.contains(service.uuid.as_str())),
                Some(looks) if looks.any_runs() => return Ok(true),
                Some(looks) if looks.is_whole() => return Ok(false),
                Some(_) => {}
            }
        }
    }
}

/// Returns the names of the containers that are to run on.
fn lasting(service: &Service) -> Vec<String> {
    let listed = listed_services(service.compose().unwrap_or_default());
    if listed.is_empty() {
        let applications = service.applications.iter().map(|each| each.name.clone());
        return applications
            .chain(service.databases.iter().map(|each| each.name.clone()))
            .collect();
    }
    listed.into_iter().filter(|each| each.runs_on).map(|each| each.name).collect()
}

/// Returns a service with its containers in the order of its compose file. Coolify returns them in
/// any order, which changes (4.3.11).
pub(super) fn in_file_order(mut service: Service) -> Service {
    let (mut applications, mut databases) =
        (std::mem::take(&mut service.applications), std::mem::take(&mut service.databases));
    let names = service.names_in_file(|file| {
        listed_services(file).into_iter().map(|each: ListedService| each.name).collect()
    });
    let position = |name: &str| {
        let at = names.iter().position(|each| each == name);
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
    fn looks_at_new_containers_then_at_those_that_are_down_then_at_the_oldest() {
        let lasting: Vec<_> = (0..14).map(|number| format!("s{number:02}")).collect();
        let first = next_looks(lasting.clone(), &[]);
        assert_eq!(first, lasting[..12]);
        let now = Instant::now();
        let looks: Vec<_> = first
            .into_iter()
            .enumerate()
            .map(|(number, name)| {
                let live = if name == "s07" { Live::Stopped } else { Live::Running };
                let at = now + Duration::from_secs(number as u64);
                Look { name, live, at }
            })
            .collect();
        let second = next_looks(lasting, &looks);
        assert_eq!(second[..5], ["s12", "s13", "s07", "s00", "s01"].map(str::to_owned));
        assert_eq!(second.len(), 12);
    }
}
