//! Workspaces, and the state of their provisioning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Strangers, words};
use crate::{ProjectUuid, Slug, Timestamp};

words! {
    /// The state of a workspace's provisioning.
    ProvisionStatus {
        /// Not started.
        Pending = "pending",
        /// Some of the steps are done.
        Partial = "partial",
        /// Ready for use.
        Ready = "ready",
        /// A step failed.
        Failed = "failed",
    }
}

words! {
    /// The state of a provisioning step.
    StepState {
        /// Started; it is not known whether it had an effect.
        Started = "started",
        /// Done.
        Done = "done",
        /// Failed.
        Failed = "failed",
    }
}

words! {
    /// A credential that a provisioning run replaces.
    Rotate {
        /// The bot's PAT.
        Pat = "pat",
        /// The bot's clone token.
        Clone = "clone",
        /// The SSH deploy key, both halves.
        Keypair = "keypair",
    }
}

/// A provisioning step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProvisioningStep")]
pub struct Step {
    /// Its name.
    #[schemars(example = &"organisation")]
    pub name: String,
    /// Its state.
    pub state: StepState,
    /// The time of its last start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// The time when it reached this state.
    pub at: Timestamp,
    /// The reason for its failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Gitea did not answer in time.")]
    pub error: Option<String>,
    /// The next step after its failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    pub hint: Option<String>,
}

/// A workspace as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Workspace")]
pub struct WorkspaceSummary {
    /// Its slug.
    #[schemars(example = &"mark")]
    pub slug: String,
    /// Its name.
    #[schemars(example = &"Mark")]
    pub name: String,
    /// Its Gitea organisation.
    #[schemars(example = &"vibn-mark")]
    pub gitea_org: String,
    /// Its Gitea bot user.
    #[schemars(example = &"mark-bot")]
    pub gitea_bot_username: String,
    /// Its Coolify project, once it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coolify_project_uuid: Option<ProjectUuid>,
    /// Its environment in that project.
    #[schemars(example = &"production")]
    pub coolify_environment_name: String,
    /// The pattern of the hosts of its apps, such as `*.mark.vibnai.com`.
    #[schemars(example = &"*.mark.example.com")]
    pub domain_namespace: String,
    /// The state of its provisioning.
    pub provision_status: ProvisionStatus,
    /// The provisioning steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// The next step if it is not ready, or if Gitea rejects its bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    pub hint: Option<String>,
    /// Strangers that have access to its code on Gitea, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strangers: Option<Strangers>,
}

impl WorkspaceSummary {
    /// Returns the pattern of the hosts of a workspace's apps.
    pub fn namespace(slug: &Slug, base: &str) -> String {
        format!("*{}", crate::names::domain_suffix(slug, base))
    }
}
