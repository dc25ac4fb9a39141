//! The answer of `apps.create`.

use covibe_domain::entities::{App, Deployment};
use schemars::JsonSchema;
use serde::Serialize;

use crate::apps::compose::file_changes::{FileChange, NeededEnvs};

/// The new app.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedApp {
    #[serde(flatten)]
    pub(super) app: App,
    /// Its first deployment, if the app is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deployment: Option<Deployment>,
    /// The services of the compose file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) services: Vec<ComposeService>,
    /// The changes that were made to the compose file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<FileChange>,
    /// The variables of the compose file that the call does not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) needed_envs: Option<NeededEnvs>,
    /// Notes on the app.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["The app has no health check."])]
    pub(super) hints: Vec<String>,
    /// The settings that did not take effect, and the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["`memory` takes effect after a restart."])]
    pub(super) warnings: Vec<String>,
}

impl CreatedApp {
    /// Creates an answer that contains only the app.
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            deployment: None,
            services: Vec::new(),
            changes: Vec::new(),
            needed_envs: None,
            hints: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// A service of a compose file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComposeService {
    /// The name.
    #[schemars(example = &"web")]
    pub(super) name: String,
    /// The container's ports that its file exposes.
    #[schemars(example = vec![8080])]
    pub(super) ports: Vec<u16>,
    /// True if it is a database, which can have no domain.
    pub(super) is_database: bool,
    /// The hosts of its domains.
    #[schemars(example = vec!["shop.mark.example.com"])]
    pub(super) domains: Vec<String>,
    /// The reason for choosing this service for the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"It is the only one with a port.")]
    pub(super) chosen: Option<String>,
}
