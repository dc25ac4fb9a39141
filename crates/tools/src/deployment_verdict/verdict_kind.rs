//! The kinds of verdicts.

use covibe_domain::entities::DeploymentStatus;
use schemars::JsonSchema;
use serde::Serialize;

/// The verdict on a deployment or start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Healthy,
    Running,
    Unhealthy,
    // All of its services run once, and have ended well.
    Completed,
    Crashing,
    Failed,
    // It was stopped, because it may not run.
    Rejected,
    Cancelled,
    Timeout,
    // It was started, and nothing is known that is newer than the start.
    Unknown,
}

impl Verdict {
    /// Returns whether the app was seen to run.
    pub(super) fn is_up(self) -> bool {
        matches!(self, Self::Healthy | Self::Running | Self::Unhealthy)
    }

    /// Returns whether it was seen to run, or to have completed.
    pub(super) fn is_good(self) -> bool {
        self.is_up() || self == Self::Completed
    }

    /// Returns the verdict on a start as a deployment's status; Coolify has none for starts.
    pub(crate) fn as_start_status(self) -> DeploymentStatus {
        match self {
            Self::Healthy | Self::Running | Self::Unhealthy | Self::Completed | Self::Crashing => {
                DeploymentStatus::Finished
            }
            Self::Failed | Self::Rejected => DeploymentStatus::Failed,
            Self::Cancelled => DeploymentStatus::Cancelled,
            Self::Timeout => DeploymentStatus::InProgress,
            Self::Unknown => DeploymentStatus::Unknown,
        }
    }
}
