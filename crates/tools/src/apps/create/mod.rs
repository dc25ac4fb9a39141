//! `apps.create`: from a repository of the workspace, an image, or a compose file.

mod compose;
pub(in crate::apps) mod hosts;
mod image;
mod named;
mod new_app;
mod pathway;
pub(in crate::apps) mod repository;

use covibe_domain::Failure;
use covibe_domain::entities::{App, BuildPack, Deployment};
use covibe_domain::shell::{Branch, Ports, RepoPath};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::pathway::Pathway;
use super::envs::{EnvInput, IGNORED_IN_ITEMS, check as check_envs};
use crate::names::{self, NAME, PORTS, ShellText};

/// What apps of either kind are called in the journal: they share one space of names.
pub(in crate::apps) const KIND: &str = "app";

/// Create an app from exactly one of: repo (own code in the workspace's Gitea org), image (one
/// container), composeRaw (a compose file). Answers its URL; deployed unless instantDeploy is false.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateApp {
    /// With at least one commit.
    #[serde(default)]
    #[schemars(length(max = 200))]
    repo: Option<String>,
    /// Like nginx:1.27 or ghcr.io/org/app@sha256:….
    #[serde(default)]
    #[schemars(length(max = 300))]
    image: Option<String>,
    /// YAML; expose instead of ports.
    #[serde(default)]
    #[schemars(length(max = 262_144))]
    compose_raw: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 200))]
    branch: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = NAME))]
    name: Option<String>,
    /// Port the app listens on, like "3000".
    #[serde(default)]
    #[schemars(regex(pattern = PORTS))]
    ports: Option<String>,
    #[serde(default)]
    build_pack: Option<BuildPack>,
    #[serde(default)]
    #[schemars(length(max = 253))]
    domain: Option<String>,
    /// Gets the domain; default server.
    #[serde(default)]
    #[schemars(length(max = 63))]
    compose_service: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 20))]
    compose_domains: Option<Vec<ComposeDomain>>,
    #[serde(default)]
    #[schemars(length(max = 100))]
    envs: Option<Vec<EnvInput>>,
    #[serde(default)]
    instant_deploy: Option<bool>,
    #[serde(default)]
    #[schemars(length(max = 200))]
    docker_compose_location: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 200))]
    dockerfile_location: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 200))]
    base_directory: Option<String>,
}

/// A domain of one service of a compose file.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
pub(crate) struct ComposeDomain {
    #[schemars(length(max = 63))]
    service: String,
    /// Or "auto".
    #[schemars(length(max = 253))]
    domain: String,
}

/// The new app.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    #[serde(flatten)]
    app: App,
    /// The first one, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<Deployment>,
    /// The services of the compose file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<ComposePart>,
    /// Worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
    /// What did not take effect, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// A service of a compose file.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComposePart {
    name: String,
    /// The container's ports that its file exposes.
    ports: Vec<u16>,
    /// It can have no domain then.
    is_database: bool,
    domains: Vec<String>,
}

impl Operation<Workspace> for CreateApp {
    const SPEC: Spec =
        Spec::write("apps.create", Route::post("/apps")).creates().ignores(IGNORED_IN_ITEMS);

    type Output = Created;

    async fn run(self, cx: &Workspace) -> Result<Created, Failure> {
        check_envs(self.envs.as_deref().unwrap_or_default())?;
        self.texts()?;
        match Pathway::of(&self)? {
            Pathway::Repo(repo) => repository::create(cx, &self, repo).await,
            Pathway::Image(image) => image::create(cx, &self, image).await,
            Pathway::Compose(file) => compose::create(cx, &self, file).await,
        }
    }
}

impl CreateApp {
    fn domain(&self, cx: &Workspace, name: &str) -> Result<String, Failure> {
        let namespace = cx.namespace();
        match &self.domain {
            Some(written) => namespace.host(written, name),
            None => Ok(namespace.host_for(name)),
        }
    }

    /// The texts that Coolify puts into a shell.
    fn texts(&self) -> Result<Texts, Failure> {
        Ok(Texts {
            branch: read("branch", self.branch.as_deref())?,
            ports: read("ports", self.ports.as_deref())?,
            base_directory: read("baseDirectory", self.base_directory.as_deref())?,
            dockerfile_location: read("dockerfileLocation", self.dockerfile_location.as_deref())?,
            docker_compose_location: read(
                "dockerComposeLocation",
                self.docker_compose_location.as_deref(),
            )?,
        })
    }
}

/// The texts of a call that Coolify puts into a shell.
struct Texts {
    branch: Option<Branch>,
    ports: Option<Ports>,
    base_directory: Option<RepoPath>,
    dockerfile_location: Option<RepoPath>,
    docker_compose_location: Option<RepoPath>,
}

fn read<T: ShellText>(name: &str, text: Option<&str>) -> Result<Option<T>, Failure> {
    text.map(|text| names::shell_text(name, text)).transpose()
}
