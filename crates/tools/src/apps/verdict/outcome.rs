//! A verdict in the words of its reader.

use covibe_coolify::{Service, Status};
use covibe_domain::entities::DeploymentStatus;
use schemars::JsonSchema;
use serde::Serialize;

/// How many containers of a service are listed.
const CONTAINERS: usize = 50;

/// What a deployment or start came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Healthy,
    Running,
    Unhealthy,
    Crashing,
    Failed,
    Cancelled,
    Timeout,
}

/// A verdict, why, and what to do next.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    #[schemars(with = "String")]
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    /// The state of the container or of all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) health: Option<&'static str>,
    /// How often the container has started again by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) restarts: Option<i64>,
    /// Those of a compose service.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) containers: Vec<Container>,
    /// The lines of the build log that tell of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<String>,
    /// The next call to make.
    pub(super) next: String,
}

/// A container of a compose service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Container {
    service: String,
    status: &'static str,
    health: &'static str,
}

impl Outcome {
    /// Only a verdict, its reason and what to do next.
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
            restarts: None,
            containers: Vec::new(),
            log: None,
            next: next.into(),
        }
    }

    /// What it came to.
    pub(in crate::apps) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What to do next, where that is to look on.
    pub(in crate::apps) fn open_next(&mut self) -> Option<&mut String> {
        (self.verdict == Verdict::Timeout).then_some(&mut self.next)
    }
}

impl Verdict {
    /// The word for it among those of deployments, which a start of a service is none of.
    pub(in crate::apps) fn of_a_start(self) -> DeploymentStatus {
        match self {
            Self::Healthy | Self::Running | Self::Unhealthy | Self::Crashing => {
                DeploymentStatus::Finished
            }
            Self::Failed => DeploymentStatus::Failed,
            Self::Cancelled => DeploymentStatus::Cancelled,
            Self::Timeout => DeploymentStatus::InProgress,
        }
    }
}

/// The containers of a service.
pub(super) fn containers(service: &Service) -> Vec<Container> {
    let container = |name: &String, Status { state, health }: Status| Container {
        service: name.clone(),
        status: state.as_str(),
        health: health.as_str(),
    };
    let applications = service.applications.iter().map(|each| container(&each.name, each.status));
    let databases = service.databases.iter().map(|each| container(&each.name, each.status));
    applications.chain(databases).take(CONTAINERS).collect()
}
