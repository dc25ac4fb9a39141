//! The containers of a compose service, as callers see them.

use covibe_coolify::{Health, RunState, Service, Status};
use schemars::JsonSchema;
use serde::Serialize;

use super::coolify_report::{correct_status, health_of, present_containers, without_passed_check};
use super::current_state::{Services, Sight};
use super::service_state::Part;

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
    /// The number of restarts by Docker.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 3)]
    restarts: Option<u64>,
    /// The exit code of its last run, if that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    exit_code: Option<i64>,
    /// True if Coolify treats it as a database, which can have no domain.
    is_database: bool,
}

/// Returns the containers of a compose service; those that can have domains come first. Without a sight, they have
/// the states that Coolify reports.
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
    let (applications, databases) = present_containers(service);
    let applications = applications.into_iter();
    let applications =
        applications.map(|each| container(&each.name, &each.image, each.status, false));
    let databases = databases.into_iter();
    let databases = databases.map(|each| container(&each.name, &each.image, each.status, true));
    applications.chain(databases).collect()
}

impl Sight {
    /// Returns the containers of a service as Docker shows them.
    fn part(&self, name: &str) -> Option<&Part> {
        let Services::Parts(parts) = &self.services else { return None };
        parts.iter().find(|part| part.service.as_deref() == Some(name))
    }

    /// Returns the status of a service; `told` is the one that Coolify reports.
    fn status_of(&self, name: &str, told: Status) -> Status {
        match &self.services {
            // A job that never ran has no container.
            Services::Parts(_) => self
                .part(name)
                .map_or(Status { state: RunState::Exited, ..Status::default() }, Part::status),
            Services::Looks(looks) => {
                without_passed_check(correct_status(told, looks.state_of(name)))
            }
            Services::Told => told,
            Services::Unknown => Status::default(),
        }
    }
}
