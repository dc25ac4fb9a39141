//! A deployment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{DeploymentUuid, Timestamp};

words! {
    /// Where a deployment stands.
    DeploymentStatus {
        /// Waiting for its turn.
        Queued = "queued",
        /// Being built or started.
        InProgress = "in_progress",
        /// Built and started; the app may still be unhealthy.
        Finished = "finished",
        /// Broken off by an error.
        Failed = "failed",
        /// Broken off by someone.
        Cancelled = "cancelled",
        /// A word of Coolify's that this release does not know.
        Unknown = "unknown",
    }
}

impl DeploymentStatus {
    /// Whether it will still change.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::InProgress)
    }
}

/// A deployment as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Its id.
    pub uuid: DeploymentUuid,
    /// Where it stands.
    pub status: DeploymentStatus,
    /// The commit, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When it was queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}
