//! The containers of a compose service, as callers see them.

use covibe_compose::described;
use covibe_coolify::{Health, Live, Service, ServiceApplication, ServiceDatabase, State, Status};
use schemars::JsonSchema;
use serde::Serialize;

use super::part::Part;
use super::{Services, Sight};

/// One container of a compose service.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    /// The name of the service.
    #[schemars(example = &"web")]
    name: String,
    /// The image.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"nginx:1.27")]
    image: Option<String>,
    /// The status.
    #[schemars(example = &"running")]
    status: &'static str,
    /// `healthy`, `unhealthy` or `unknown`; only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    health: Option<&'static str>,
    /// How often docker restarted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 3)]
    restarts: Option<u64>,
    /// The exit code of its last run, if that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    exit_code: Option<i64>,
    /// Whether Coolify treats it as a database, which can have no domain.
    is_database: bool,
}

/// Returns a status corrected by a look at the container, if there was one. What Coolify tells may
/// be older.
pub(crate) fn seen(told: Status, live: Option<Live>) -> Status {
    let state = match (live, told.state) {
        (None, state) => state,
        (Some(Live::Running), _) => State::Running,
        (Some(_), State::Restarting | State::Paused) => told.state,
        (Some(_), _) => State::Exited,
    };
    let health = if state == told.state { told.health } else { Health::Unknown };
    Status { state, health }
}

/// Returns a status without the health of a check that may not have answered since a start: Coolify tells
/// docker's `starting` as healthy (4.3.11).
pub(crate) fn without_passed_check(status: Status) -> Status {
    match status.health {
        Health::Healthy => Status { health: Health::Unknown, ..status },
        Health::Unhealthy | Health::Unknown => status,
    }
}

/// Returns the health to show: Coolify's says nothing of what does not run.
pub(crate) fn health_of(status: Status) -> Option<Health> {
    matches!(status.state, State::Running | State::Degraded).then_some(status.health)
}

/// Returns the containers of a compose service that its file has. Coolify goes on listing those that
/// the file lost (4.3.11).
pub(crate) fn present(service: &Service) -> (Vec<&ServiceApplication>, Vec<&ServiceDatabase>) {
    let file = service.compose().map(described).unwrap_or_default();
    let has = |name: &str, is_database: bool| {
        file.is_empty() || file.iter().any(|it| it.name == name && it.is_database == is_database)
    };
    (
        service.applications.iter().filter(|each| has(&each.name, false)).collect(),
        service.databases.iter().filter(|each| has(&each.name, true)).collect(),
    )
}

/// Returns the containers of a compose service; those that can have domains come first. Without a sight, they are
/// as Coolify tells them.
pub(crate) fn containers(service: &Service, sight: Option<&Sight>) -> Vec<Container> {
    let container = |name: &String, image: &Option<String>, told: Status, is_database| {
        let part = sight.and_then(|sight| sight.part(name));
        let status = sight.map_or(told, |sight| sight.status_of(name, told));
        Container {
            name: name.clone(),
            image: image.clone(),
            status: status.state.as_str(),
            health: health_of(status).map(Health::as_str),
            restarts: part.map(Part::restarts).filter(|count| *count > 0),
            exit_code: part.and_then(Part::exit_code),
            is_database,
        }
    };
    let (applications, databases) = present(service);
    let applications = applications.into_iter();
    let applications =
        applications.map(|each| container(&each.name, &each.image, each.status, false));
    let databases = databases.into_iter();
    let databases = databases.map(|each| container(&each.name, &each.image, each.status, true));
    applications.chain(databases).collect()
}

impl Sight {
    /// Returns what docker shows of a service.
    fn part(&self, name: &str) -> Option<&Part> {
        let Services::Parts(parts) = &self.services else { return None };
        parts.iter().find(|part| part.service.as_deref() == Some(name))
    }

    /// Returns what a service does, of which Coolify tells this.
    fn status_of(&self, name: &str, told: Status) -> Status {
        match &self.services {
            // A job that never ran has no container.
            Services::Parts(_) => self
                .part(name)
                .map_or(Status { state: State::Exited, ..Status::default() }, Part::status),
            Services::Looks(looks) => without_passed_check(seen(told, looks.of(name))),
            Services::Told => told,
            Services::Unknown => Status::default(),
        }
    }
}
