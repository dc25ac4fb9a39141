//! `apps.create`: from a repository of the workspace, or from an image.

mod image;
mod new_app;
mod repository;

use covibe_domain::Failure;
use covibe_domain::entities::{App, BuildPack, Deployment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::envs::{EnvInput, check as check_envs};
use crate::context::Workspace;
use crate::names::NAME;
use crate::operation::{Operation, Route, Spec};

/// Create an app from a repo of the workspace's Gitea org (own code) or a Docker image
/// (third-party): pass exactly one of repo, image. Answers its URL; deployed unless instantDeploy is
/// false.
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
    #[serde(default)]
    #[schemars(regex(pattern = BRANCH))]
    branch: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = NAME))]
    name: Option<String>,
    /// Port the app listens on, like "3000".
    #[serde(default)]
    #[schemars(regex(pattern = r"^\d{1,5}(,\d{1,5}){0,9}$"))]
    ports: Option<String>,
    /// Default nixpacks.
    #[serde(default)]
    build_pack: Option<BuildPack>,
    #[serde(default)]
    #[schemars(length(max = 253))]
    domain: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 100))]
    envs: Option<Vec<EnvInput>>,
    #[serde(default)]
    instant_deploy: Option<bool>,
    #[serde(default)]
    #[schemars(regex(pattern = PATH))]
    docker_compose_location: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = PATH))]
    dockerfile_location: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = PATH))]
    base_directory: Option<String>,
}

/// A branch, as Coolify takes it when it makes an app. Up to 4.1 it takes anything when it changes
/// one, and puts it into a shell on the host.
const BRANCH: &str = r"^\w[\w./-]{0,199}$";

/// A path inside the repository, from its root.
const PATH: &str = r"^/[\w./-]{0,200}$";

/// The new app.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    #[serde(flatten)]
    app: App,
    /// The first deployment, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment: Option<Deployment>,
    /// What did not take effect, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Operation for CreateApp {
    const SPEC: Spec = Spec::write("apps.create", Route::post("/apps")).creates();

    type Output = Created;

    async fn run(self, cx: &Workspace) -> Result<Created, Failure> {
        check_envs(self.envs.as_deref().unwrap_or_default())?;
        self.check_paths()?;
        match (&self.repo, &self.image) {
            (Some(repo), None) => repository::create(cx, &self, repo).await,
            (None, Some(image)) => image::create(cx, &self, image).await,
            _ => Err(Failure::invalid("Pass exactly one of repo and image.")
                .hint("repo for own code in the workspace's Gitea org, image for anything else.")),
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

    /// A path that climbs leaves the repository for what lies beside it on the host.
    fn check_paths(&self) -> Result<(), Failure> {
        let paths =
            [&self.base_directory, &self.dockerfile_location, &self.docker_compose_location];
        let climbs = |path: &str| path.split('/').any(|part| part == "..");
        if paths.into_iter().flatten().any(|path| climbs(path)) {
            return Err(Failure::invalid("A path with .. is not allowed.")
                .hint("Name it from the repository's root, like /apps/web."));
        }
        Ok(())
    }
}
