//! Workspaces, and how far they are provisioned.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Strangers, words};
use crate::{ProjectUuid, Slug, Timestamp};

words! {
    /// How far a workspace is provisioned.
    ProvisionStatus {
        /// Not started.
        Pending = "pending",
        /// Some steps are done.
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
        /// Started; its effect is in doubt.
        Started = "started",
        /// Done.
        Done = "done",
        /// Failed.
        Failed = "failed",
    }
}

words! {
    /// What a provisioning run replaces.
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
    /// When it last started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it reached this state.
    pub at: Timestamp,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Gitea did not answer in time.")]
    pub error: Option<String>,
    /// What to do about it.
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
    /// How far it is provisioned.
    pub provision_status: ProvisionStatus,
    /// The provisioning steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What to do next if it is not ready, or if Gitea does not accept its bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    pub hint: Option<String>,
    /// Who else has access to its code on Gitea, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strangers: Option<Strangers>,
}

impl WorkspaceSummary {
    /// Returns the pattern of the hosts of a workspace's apps.
    pub fn namespace(slug: &Slug, base: &str) -> String {
        format!("*{}", crate::names::domain_suffix(slug, base))
    }
}
