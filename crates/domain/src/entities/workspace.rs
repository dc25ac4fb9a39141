//! A workspace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{ProjectUuid, Slug, Timestamp};

words! {
    /// How far a workspace is set up on the systems behind it.
    ProvisionStatus {
        /// Not begun.
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
    /// Where one step of the set-up stands.
    StepState {
        /// Begun; its effect may or may not be there.
        Started = "started",
        /// Done.
        Done = "done",
        /// Failed.
        Failed = "failed",
    }
}

words! {
    /// What a run of the set-up is to replace by a new one.
    Rotate {
        /// The bot's access token.
        Pat = "pat",
        /// The SSH deploy key, both halves.
        Keypair = "keypair",
    }
}

/// One step of the set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// When it was last begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it came to stand there.
    pub at: Timestamp,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A workspace as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceSummary {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its Gitea organisation.
    pub gitea_org: String,
    /// Its Gitea bot user.
    pub gitea_bot_username: String,
    /// Its Coolify project, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coolify_project_uuid: Option<ProjectUuid>,
    /// Its environment in that project.
    pub coolify_environment_name: String,
    /// What every host of its apps matches, like `*.mark.vibnai.com`.
    pub domain_namespace: String,
    /// How far it is set up.
    pub provision_status: ProvisionStatus,
    /// The steps of the set-up so far.
    pub steps: Vec<Step>,
    /// What to do next, where it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl WorkspaceSummary {
    /// The pattern that every host of this workspace's apps matches.
    pub fn namespace(slug: &Slug, base: &str) -> String {
        format!("*{}", crate::names::domain_suffix(slug, base))
    }
}
