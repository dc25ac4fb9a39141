//! An application.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{AppUuid, Timestamp};

words! {
    /// What Coolify runs it as.
    AppKind {
        /// One container, built from a repository or pulled.
        Application = "application",
        /// A compose stack.
        Service = "service",
    }
}

words! {
    /// How a repository becomes an image.
    BuildPack {
        /// Finds out by itself.
        Nixpacks = "nixpacks",
        /// Files behind a web server.
        Static = "static",
        /// By its Dockerfile.
        Dockerfile = "dockerfile",
        /// By its compose file.
        Dockercompose = "dockercompose",
    }
}

/// An application as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Its id.
    pub uuid: AppUuid,
    /// Its name, unique in the workspace.
    pub name: String,
    /// What Coolify runs it as.
    pub kind: AppKind,
    /// `running`, `exited`, `starting`, `restarting`, `degraded`, `paused` or `unknown`.
    pub status: String,
    /// `healthy`, `unhealthy` or `unknown`.
    pub health: String,
    /// How it is built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build_pack: Option<String>,
    /// The repository in the workspace's organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// The branch that is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The image, with tag or digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The ports that the container listens on, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<String>,
    /// The hosts it answers on.
    pub domains: Vec<String>,
    /// Where to open it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When Coolify last changed its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}
