//! The answer of a call: the state that was seen after it.

use schemars::JsonSchema;
use serde::Serialize;

use covibe_domain::Timestamp;

use super::control_action::Action;
use super::control_call::Control;
use crate::resource_state::{Condition, Part};

/// The observed state of a resource after the call.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ControlledResource")]
pub(crate) struct Controlled {
    /// The resource.
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    uuid: String,
    /// The software that carried out the call: `docker` or `coolify`.
    #[schemars(example = &"docker")]
    by: &'static str,
    /// True if the call changed something.
    changed: bool,
    /// True if everything is in the requested state.
    reached: bool,
    /// The services, or the one container, as last observed.
    services: Vec<ControlledService>,
    /// Problems, and anything that was lost.
    #[schemars(example = vec!["web ended with exit code 1."])]
    warnings: Vec<String>,
    /// An explanation, and the next call to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"apps.logs shows why.")]
    hint: Option<String>,
}

/// The state of a service's container.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ControlledService {
    /// The service; absent for a resource with one container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// The container, if Docker was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web-vgsco4occ8ksgsc4s8ck4kco")]
    container: Option<String>,
    /// `running`, `restarting`, `exited`, `created`, `paused`, `dead` or `absent`.
    #[schemars(example = &"running")]
    status: &'static str,
    /// The state of its health check; only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    health: Option<&'static str>,
    /// The exit code of its last run, if that has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    exit_code: Option<i64>,
    /// The number of restarts by Docker since its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    restarts: Option<u64>,
    /// The time of Coolify's last check, if the status comes from Coolify.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_as_of: Option<Timestamp>,
}

impl Controlled {
    /// Creates the answer from what was seen last.
    pub(super) fn new(control: &Control<'_>, by: &'static str, parts: &[Part]) -> Self {
        let reached = control.is_reached(parts);
        Self {
            uuid: control.resource.uuid().to_owned(),
            by,
            changed: true,
            reached,
            services: parts.iter().map(ControlledService::from_part).collect(),
            warnings: warnings(control.action, parts),
            hint: (!reached).then(|| control.where_to_look()),
        }
    }

    /// Reports that nothing was changed, with the reason. `is_so` is whether the requested state
    /// was there before.
    pub(super) fn into_unchanged(mut self, why: &str, is_so: bool) -> Self {
        (self.changed, self.reached) = (false, is_so);
        let hint = self.hint.take().filter(|_| !is_so);
        self.hint = Some(hint.map_or_else(|| why.to_owned(), |hint| format!("{why} {hint}")));
        self
    }

    /// Reports that the requested state was not reached, whatever the containers show.
    pub(super) fn into_unreached(self) -> Self {
        Self { reached: false, ..self }
    }

    /// Adds a warning.
    pub(super) fn warn(mut self, warning: Option<String>) -> Self {
        self.warnings.extend(warning);
        self
    }

    /// Replaces the hint, if there is another.
    pub(super) fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint: hint.or(self.hint), ..self }
    }
}

impl ControlledService {
    fn from_part(part: &Part) -> Self {
        Self {
            service: part.service.clone(),
            container: part.current().map(|one| one.state.name.clone()),
            status: part.status,
            health: part.health,
            exit_code: part.exit_code(),
            restarts: Some(part.restarts()).filter(|count| *count > 0),
            status_as_of: part.as_of,
        }
    }
}

/// Returns the reasons why the requested state was not reached.
fn warnings(action: Action, parts: &[Part]) -> Vec<String> {
    let counted = parts.iter().filter(|part| part.counts);
    match action {
        Action::Stop => parts.iter().filter(|part| !part.is_down()).map(still_up).collect(),
        Action::Start | Action::Restart => counted.filter_map(service_problem).collect(),
    }
}

fn still_up(part: &Part) -> String {
    format!("{} may not have ended; its status is {}.", part.name(), part.status)
}

/// Returns the problem of a service that is to run; `None` if it has none.
fn service_problem(part: &Part) -> Option<String> {
    let name = part.name();
    let state = part.current().map(|one| &one.state);
    let code = state.map_or(0, |state| state.exit_code);
    let memory = state.is_some_and(|state| state.out_of_memory);
    let reason = if memory { " It ran out of memory." } else { "" };
    Some(match part.condition {
        Condition::Up if part.restarts() > 0 => {
            format!("{name} is running, and Docker restarted it {} times.", part.restarts())
        }
        Condition::Up if part.health == Some("unhealthy") => {
            format!("{name} is running, but its health check fails.")
        }
        Condition::Up => return None,
        Condition::Settling => format!("The health check of {name} has no result yet."),
        Condition::Crashing if state.is_some() => {
            format!(
                "{name} keeps crashing and being restarted; its last exit code is {code}.{reason}"
            )
        }
        Condition::Down if part.exit_code().is_some() => {
            format!("{name} ended with exit code {code}.{reason}")
        }
        Condition::Absent => format!("{name} has no container."),
        _ => format!("{name} may not be running; its status is {}.", part.status),
    })
}
