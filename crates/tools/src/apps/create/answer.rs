//! The answer of `apps.create`.

use covibe_domain::entities::{App, Deployment};
use schemars::JsonSchema;
use serde::Serialize;

use crate::apps::file_changes::{FileChange, NeededEnvs};

/// The new app.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedApp {
    #[serde(flatten)]
    pub(super) app: App,
    /// The first one, if the app is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deployment: Option<Deployment>,
    /// The services of the compose file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) services: Vec<ComposeService>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<FileChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) needed_envs: Option<NeededEnvs>,
    /// Notes on the app.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hints: Vec<String>,
    /// What did not take effect, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
}

/// A service of a compose file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComposeService {
    pub(super) name: String,
    /// The container's ports that its file exposes.
    pub(super) ports: Vec<u16>,
    /// Whether it is a database, which can have no domain.
    pub(super) is_database: bool,
    pub(super) domains: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chosen: Option<String>,
}
