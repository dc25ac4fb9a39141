//! An app.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;
use crate::{AppUuid, Timestamp};

words! {
    /// The way that Coolify runs an app.
    AppKind {
        /// One container, built from a repository or pulled.
        Application = "application",
        /// A compose stack.
        Service = "service",
        /// Something that an operator created by hand; no tool changes it.
        Other = "other",
    }
}

words! {
    /// The way that Coolify builds an image from a repository.
    BuildPack {
        /// Nixpacks detects the language and builds.
        Nixpacks = "nixpacks",
        /// A web server serves the files.
        Static = "static",
        /// Docker builds the Dockerfile.
        Dockerfile = "dockerfile" | "docker",
        /// Docker Compose builds the services of the compose file.
        Dockercompose = "dockercompose" | "compose",
    }
}

/// An app as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// Its id.
    pub uuid: AppUuid,
    /// Its name, unique in the workspace.
    #[schemars(example = &"shop")]
    pub name: String,
    /// `application` or `service`; `other` if the operator created it, and no tool changes it.
    pub kind: AppKind,
    /// `running`, `exited`, `starting`, `restarting`, `degraded`, `paused` or `unknown`.
    #[schemars(example = &"running")]
    pub status: String,
    /// `healthy`, `unhealthy` or `unknown`; only while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    pub health: Option<String>,
    /// The time of this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_as_of: Option<Timestamp>,
    /// Its build pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"nixpacks")]
    pub build_pack: Option<String>,
    /// Its repository in the workspace's organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"shop")]
    pub repo: Option<String>,
    /// The deployed branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"main")]
    pub branch: Option<String>,
    /// The image, with tag or digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"nginx:1.27")]
    pub image: Option<String>,
    /// The ports that the container listens on, separated by commas.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"3000")]
    pub ports: Option<String>,
    /// The hosts of its domains.
    #[schemars(example = vec!["shop.mark.example.com"])]
    pub domains: Vec<String>,
    /// Its primary URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://shop.mark.example.com")]
    pub url: Option<String>,
    /// When Coolify last updated its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}
