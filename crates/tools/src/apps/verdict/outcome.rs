//! The outcome of a deployment or start.

use covibe_coolify::{Health, Service, Status};
use covibe_domain::Timestamp;
use covibe_domain::entities::DeploymentStatus;
use covibe_workspace::Looks;
use schemars::JsonSchema;
use serde::Serialize;

use crate::containers::{health_of, seen, without_passed_check};

/// How many containers of a service are listed at most.
const MAX_CONTAINERS: usize = 50;

/// The verdict on a deployment or start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Healthy,
    Running,
    Unhealthy,
    Crashing,
    Failed,
    Cancelled,
    Timeout,
    // It was started, and nothing is known that is newer than the start.
    Unknown,
}

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
    /// The state of the container, or of all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"running")]
    pub(super) status: Option<&'static str>,
    /// `healthy`, `unhealthy` or `unknown`; only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    pub(super) health: Option<&'static str>,
    /// When Coolify looked last, if nothing newer is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status_as_of: Option<Timestamp>,
    /// How often Docker restarted the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) restarts: Option<i64>,
    /// Of a compose app.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) containers: Vec<Container>,
    /// The lines of the build log about the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"npm error Missing script: \"build\"")]
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
    /// An outcome without details.
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
            log: None,
            next: next.into(),
        }
    }

    /// Returns the verdict.
    pub(in crate::apps) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether the app was seen to run.
    pub(in crate::apps) fn is_up(&self) -> bool {
        matches!(self.verdict, Verdict::Healthy | Verdict::Running | Verdict::Unhealthy)
    }

    /// Returns the reason and what to do next.
    pub(in crate::apps) fn told(self) -> (String, String) {
        (self.reason, self.next)
    }

    /// Returns what to do next if there is no verdict yet.
    pub(in crate::apps) fn open_next(&mut self) -> Option<&mut String> {
        matches!(self.verdict, Verdict::Timeout | Verdict::Unknown).then_some(&mut self.next)
    }
}

impl Verdict {
    /// Returns the verdict on a start as a deployment's status; Coolify has none for starts.
    pub(in crate::apps) fn as_start_status(self) -> DeploymentStatus {
        match self {
            Self::Healthy | Self::Running | Self::Unhealthy | Self::Crashing => {
                DeploymentStatus::Finished
            }
            Self::Failed => DeploymentStatus::Failed,
            Self::Cancelled => DeploymentStatus::Cancelled,
            Self::Timeout => DeploymentStatus::InProgress,
            Self::Unknown => DeploymentStatus::Unknown,
        }
    }
}

/// Returns the containers of a service. `is_certain` says whether their health checks have answered.
pub(super) fn containers(
    service: &Service,
    looks: Option<&Looks>,
    is_certain: bool,
) -> Vec<Container> {
    let container = |name: &String, status: Status| {
        let status = seen(status, looks.and_then(|looks| looks.of(name)));
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
