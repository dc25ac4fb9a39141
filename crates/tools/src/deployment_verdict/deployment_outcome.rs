//! The outcome of a deployment or start.

use covibe_coolify::{Health, LiveState, Service, Status};
use covibe_domain::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::crashed_containers::{Crashed, Evidence};
use super::docker_evidence::Witness;
use super::verdict_kind::Verdict;
use crate::resource_state::{correct_status, health_of, without_passed_check};

/// The maximum number of containers of a service in an answer.
const MAX_CONTAINERS: usize = 50;

/// The maximum number of crashed containers that the reason names.
const MAX_TOLD: usize = 3;

/// A verdict, its reason, and what to do next.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeploymentOutcome")]
pub(crate) struct Outcome {
    /// The verdict.
    pub(super) verdict: Verdict,
    /// The reason.
    #[schemars(example = &"Coolify did not keep it.")]
    pub(super) reason: String,
    /// The state of the container, or of all containers together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"running")]
    pub(super) status: Option<&'static str>,
    /// `healthy`, `unhealthy` or `unknown`; only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    pub(super) health: Option<&'static str>,
    /// The time of Coolify's last check, if nothing newer is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_as_of: Option<Timestamp>,
    /// The number of restarts by Docker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) restarts: Option<i64>,
    /// The containers of a compose app.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) containers: Vec<Container>,
    /// The containers that crashed, if the server reaches the docker host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) crashed: Vec<Crashed>,
    /// An explanation of the marks around the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The text between the marks is the output of the app.")]
    pub(super) note: Option<String>,
    /// The parts that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["The docker host does not answer."])]
    pub(super) warnings: Vec<String>,
    /// The lines of the build log about the error, between two marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"--- log 5ee1f0c2a4b7 ---\nnpm error Missing script: \"build\"\n--- end 5ee1f0c2a4b7 ---")]
    pub(super) log: Option<String>,
    /// The next call to make.
    #[schemars(example = &"apps.get shows its state.")]
    pub(super) next: String,
}

/// A container of a compose app.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ContainerOutcome")]
pub(crate) struct Container {
    /// The service of the compose file.
    #[schemars(example = &"web")]
    service: String,
    /// The state of the container.
    #[schemars(example = &"running")]
    status: &'static str,
    /// `healthy`, `unhealthy` or `unknown`; only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    health: Option<&'static str>,
}

impl Outcome {
    /// Creates an outcome without details.
    pub(super) fn new(
        verdict: Verdict,
        reason: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            verdict,
            reason: reason.into(),
            status: None,
            health: None,
            status_as_of: None,
            restarts: None,
            containers: Vec::new(),
            crashed: Vec::new(),
            note: None,
            warnings: Vec::new(),
            log: None,
            next: next.into(),
        }
    }

    /// Adds the docker host's evidence.
    pub(super) async fn with_evidence(self, witness: &Witness<'_>) -> Self {
        let Evidence { crashed, warnings, note } = witness.collect_evidence(self.verdict).await;
        let told: Vec<_> = crashed.iter().take(MAX_TOLD).map(Crashed::describe).collect();
        let reason = if told.is_empty() {
            self.reason
        } else {
            format!("{} Docker: {}.", self.reason, told.join("; "))
        };
        let restarts = witness
            .started
            .restarts()
            .map_or(self.restarts, |count| Some(count).filter(|it| *it > 0));
        Self { reason, restarts, crashed, note, warnings, ..self }
    }

    /// Returns the verdict.
    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Returns whether it was seen to run, or to have completed.
    pub(crate) fn is_good(&self) -> bool {
        self.verdict.is_good()
    }

    /// Returns whether it was stopped, because it may not run.
    pub(crate) fn is_rejected(&self) -> bool {
        self.verdict == Verdict::Rejected
    }

    /// Returns the reason and what to do next.
    pub(crate) fn into_reason_and_next(self) -> (String, String) {
        (self.reason, self.next)
    }

    /// Returns what to do next if there is no verdict yet.
    pub(crate) fn open_next(&mut self) -> Option<&mut String> {
        matches!(self.verdict, Verdict::Timeout | Verdict::Unknown).then_some(&mut self.next)
    }
}

/// Returns the containers of a service. `is_certain` is whether their health checks have answered, `is_fresh` whether
/// Coolify has looked since the start; `live` returns whether the container of a service runs, if that was seen.
pub(super) fn containers(
    service: &Service,
    live: impl Fn(&str) -> Option<LiveState>,
    is_certain: bool,
    is_fresh: bool,
) -> Vec<Container> {
    let container = |name: &String, told: Status| {
        let live = live(name);
        // A status from before the start says nothing about it.
        let told = if is_fresh || live.is_some() { told } else { Status::default() };
        let status = correct_status(told, live);
        let status = if is_certain { status } else { without_passed_check(status) };
        Container {
            service: name.clone(),
            status: status.state.as_str(),
            health: health_of(status).map(Health::as_str),
        }
    };
    let applications = service.applications.iter().map(|each| container(&each.name, each.status));
    let databases = service.databases.iter().map(|each| container(&each.name, each.status));
    applications.chain(databases).take(MAX_CONTAINERS).collect()
}
