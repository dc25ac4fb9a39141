//! The parameters of `apps.create`.

use covibe_coolify::HealthCheck;
use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::image::ImageReference;
use covibe_domain::shell::{Branch, Ports, RepoPath};
use covibe_operation::parameter_rules;
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::apps::app_urls::check_host;
use crate::apps::compose::repository_compose::ComposeInputs;
use crate::apps::manage::envs::EnvInput;
use crate::apps::manage::runtime_settings::{self, HealthCheckInput, Volume, VolumeInput};
use crate::apps::repository::build_plan::BuildParams;
use crate::container_limits::Limits;
use crate::repos::files::{KEYED, MAX_FILES, NewFile};
use crate::resource_names::{self, NAME, NAME_RULE, REPOSITORY, ShellText, whole};

/// The value of `domain` that stands for the default domain of a service.
pub(super) const AUTO: &str = "auto";

/// The parameters that name the source of an app; a call has exactly one of them.
const SOURCES: &[&str] = &["repo", "template", "image", "composeRaw", "files"];

/// The variable by which a call chooses profiles of its compose file.
const PROFILES: &str = "COMPOSE_PROFILES";

/// Create an app from one of: files (code you have, no git), repo (code in the workspace's Gitea
/// org), template (a product by name), image, composeRaw (a compose file). Deploys
/// unless instantDeploy is false; returns its URL. Staging: use a second app on its own branch.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend("x-not" = parameter_rules::exactly_one(SOURCES)),
    example = json!({ "image": "nginx:1.27", "name": "shop" })
)]
pub(crate) struct CreateApp {
    /// Build the code in this repository of the workspace: its name, such as `shop`, not a URL.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    pub(super) repo: Option<String>,
    /// Run this published container image, such as `nginx:1.27` or `ghcr.io/org/app:2.0`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 300))]
    #[schemars(extend("x-pattern" = whole(ImageReference::PATTERN)), example = &"nginx:1.27")]
    pub(super) image: Option<String>,
    /// Run this known product, such as `umami`, `n8n` or `ghost`: some 300 have a template.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    #[schemars(example = &"umami")]
    pub(super) template: Option<String>,
    /// Run the containers of this Docker Compose file: its YAML text, as the project publishes it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 262_144))]
    #[schemars(example = &"services: {web: {image: \"nginx:1.27\"}}")]
    pub(super) compose_raw: Option<String>,
    /// Build these files, which become a new private repository named like the app.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_FILES), extend("x-keyed" = json!(KEYED)))]
    pub(super) files: Option<Vec<NewFile>>,
    /// The Git branch of repo to build and follow, such as `main`. Default: its default branch.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(Branch::PATTERN)), example = &"main")]
    pub(super) branch: Option<String>,
    /// The app's name, unique in the workspace, such as `shop`; the host begins with it. Required with files. Default:
    /// derived from the source.
    #[serde(default)]
    #[schemars(regex(pattern = NAME), extend("x-rule" = NAME_RULE))]
    #[schemars(example = &"shop")]
    pub(super) name: Option<String>,
    /// The ports the program listens on, such as `3000` or `3000,9090`; the domain uses the first. Default: the
    /// Dockerfile's EXPOSE, 80 for images and static sites, else the variable PORT or 3000.
    #[serde(default)]
    #[schemars(length(min = 1, max = 59))]
    #[schemars(extend("x-pattern" = whole(Ports::PATTERN)), example = &"3000")]
    pub(super) ports: Option<String>,
    /// The way to build repo or files. dockerfile: from their Dockerfile. dockercompose, if allowed: several containers,
    /// from their compose file. nixpacks: detects the language (package.json, …). static: serves the files. Default:
    /// detected from the files in baseDirectory.
    #[serde(default)]
    pub(super) build_pack: Option<BuildPack>,
    /// Its URL's host, such as `shop.mark.example.com`: below the workspace's domain (workspace.describe) or one from
    /// domains.attach. Default: its name below the workspace's domain.
    #[serde(default)]
    #[schemars(length(min = 1, max = 253))]
    #[schemars(example = &"shop.mark.example.com")]
    pub(super) domain: Option<String>,
    /// With a compose file: the service that gets the domain, such as `web`. Default: the one that serves HTTP, if the
    /// file makes that clear.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    #[schemars(example = &"web")]
    pub(super) compose_service: Option<String>,
    /// Instead of domain: the domains of a compose file's services.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub(super) compose_domains: Option<Vec<ComposeDomain>>,
    /// Environment variables, set before the first deployment.
    #[serde(default)]
    #[schemars(length(max = 100))]
    envs: Option<Vec<EnvInput>>,
    /// Build and start it at once. false only creates it, to prepare a database or envs; then call apps.deploy.
    /// Default: true.
    #[serde(default)]
    instant_deploy: Option<bool>,
    /// Deploy on each git push to the branch. Default: true for repo and files.
    #[serde(default)]
    pub(super) auto_deploy: Option<bool>,
    /// With dockercompose: the compose file's path below baseDirectory, such as `/docker-compose.yaml`.
    #[serde(default, deserialize_with = "resource_names::rooted")]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/docker-compose.yaml")]
    pub(super) docker_compose_location: Option<String>,
    /// The Dockerfile's path below baseDirectory, such as `/docker/Dockerfile`. Default: `/Dockerfile`.
    #[serde(default, deserialize_with = "resource_names::rooted")]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/Dockerfile")]
    pub(super) dockerfile_location: Option<String>,
    /// The repository folder to build, if there are several programs, such as `/apps/web`. Default: `/`.
    #[serde(default, deserialize_with = "resource_names::rooted")]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/apps/web")]
    pub(super) base_directory: Option<String>,
    /// Container folders whose files survive deployments, such as `/data`; other files are lost. Default: none.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub(super) volumes: Option<Vec<VolumeInput>>,
    /// A request that a new container must answer before it replaces the old one, such as `/health`. The image
    /// needs curl or wget. Default: none.
    #[serde(default)]
    pub(super) health_check: Option<HealthCheckInput>,
    /// Limits of memory and CPUs. Default: the operator's memory limit, all CPUs. In a compose file, set mem_limit and
    /// cpus instead.
    #[serde(default)]
    pub(super) limits: Option<Limits>,
}

/// A domain of one service of a compose file.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
pub(crate) struct ComposeDomain {
    /// The service's name in the compose file, such as `web`.
    #[schemars(length(max = 63))]
    #[schemars(example = &"web")]
    pub(super) service: String,
    /// The host of its URL, such as `shop.mark.example.com`, or `auto` for the default one.
    #[schemars(length(max = 253))]
    #[schemars(example = &"shop.mark.example.com")]
    pub(super) domain: String,
}

impl ComposeDomain {
    /// Returns the host that it asks for, for an app with this name.
    ///
    /// # Errors
    ///
    /// Forbidden if the host is outside the namespace.
    pub(super) fn host(&self, cx: &Workspace, name: &str) -> Result<String, Failure> {
        match self.domain.as_str() {
            AUTO => Ok(cx.namespace().host_for(name)),
            written => check_host(&cx.namespace(), written, name, "domain"),
        }
    }
}

impl CreateApp {
    /// Returns the host of an app with this name: the one that the call asks for, or the default one.
    ///
    /// # Errors
    ///
    /// Forbidden if the host is outside the namespace.
    pub(super) fn host(&self, cx: &Workspace, name: &str) -> Result<String, Failure> {
        let namespace = cx.namespace();
        match &self.domain {
            Some(written) => check_host(&namespace, written, name, "domain"),
            None => Ok(namespace.host_for(name)),
        }
    }

    /// Returns the hosts that the call names, as they are written.
    pub(super) fn hosts_written(&self) -> Vec<&str> {
        let of_services = self.compose_domains.iter().flatten().map(|each| each.domain.as_str());
        of_services.chain(self.domain.as_deref()).collect()
    }

    /// Returns the environment variables to set. The one that chooses profiles of a compose file is not
    /// among them.
    pub(super) fn envs(&self) -> Vec<EnvInput> {
        let has_file = self.compose_raw.is_some() || self.template.is_some();
        let chooses = |env: &EnvInput| has_file && env.key == PROFILES;
        let given = self.envs.iter().flatten();
        given.filter(|env| !chooses(env)).cloned().collect()
    }

    /// Returns the values of the variables with which the call's compose file is evaluated. Variables that are shown
    /// once are left out, because the file may be read again.
    pub(super) fn variables(&self) -> Vec<(&str, &str)> {
        let given = self.envs.iter().flatten().filter(|env| !env.is_secret());
        given.map(|env| (env.key.as_str(), env.value.as_str())).collect()
    }

    /// Returns the values of all variables.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.envs.iter().flatten().map(|env| env.value.as_str())
    }

    /// Returns the variables whose values are shown once.
    pub(super) fn secret(&self) -> Vec<&str> {
        let given = self.envs.iter().flatten().filter(|env| env.is_secret());
        given.map(|env| env.key.as_str()).collect()
    }

    /// Returns the values by which a compose file of a repository is judged, for a new app with this name.
    pub(super) fn compose_inputs<'a>(&'a self, name: &'a str) -> ComposeInputs<'a> {
        let (variables, secret) = (self.variables(), self.secret());
        ComposeInputs {
            name,
            variables,
            has_unreadable: !secret.is_empty(),
            secret,
            values: self.values().collect(),
            present: None,
            confirmed: &[],
        }
    }

    /// Returns the health check to set.
    pub(super) fn health_check(&self) -> Result<Option<HealthCheck>, Failure> {
        let given = self.health_check.as_ref();
        given.map(|check| check.to_request("healthCheck")).transpose()
    }

    /// Returns the limits of the container that the call names.
    pub(super) fn limits(&self, cx: &Workspace) -> Result<covibe_coolify::Limits, Failure> {
        self.limits.clone().unwrap_or_default().check_within(&cx.settings().compose, "limits")
    }

    /// Returns the volumes to mount; `None` if the call names none.
    pub(super) fn volumes(&self) -> Result<Option<Vec<Volume>>, Failure> {
        self.volumes
            .as_deref()
            .map(|volumes| runtime_settings::parse_volumes("volumes", volumes))
            .transpose()
    }

    /// Returns the same call with the repository of this name as its source, in place of the files.
    pub(super) fn with_repository(&self, name: &str) -> Self {
        Self { files: None, repo: Some(name.to_owned()), ..self.clone() }
    }

    /// Returns the value of the variable `PORT`.
    pub(super) fn port_variable(&self) -> Option<&str> {
        let given = self.envs.iter().flatten().find(|env| env.key == "PORT");
        given.map(|env| env.value.as_str())
    }

    /// Returns whether the app is deployed once it is created.
    pub(super) fn deploys(&self) -> bool {
        self.instant_deploy != Some(false)
    }

    /// Parses the texts that Coolify puts into a shell.
    pub(super) fn shell_texts(&self) -> Result<ShellTexts, Failure> {
        let compose_location = self.docker_compose_location.as_deref();
        parse::<Branch>("branch", self.branch.as_deref())?;
        Ok(ShellTexts {
            ports: parse("ports", self.ports.as_deref())?,
            base_directory: parse("baseDirectory", self.base_directory.as_deref())?,
            dockerfile_location: parse("dockerfileLocation", self.dockerfile_location.as_deref())?,
            docker_compose_location: parse("dockerComposeLocation", compose_location)?,
        })
    }
}

/// The texts that Coolify puts into a shell.
pub(super) struct ShellTexts {
    pub(super) ports: Option<Ports>,
    pub(super) base_directory: Option<RepoPath>,
    pub(super) dockerfile_location: Option<RepoPath>,
    pub(super) docker_compose_location: Option<RepoPath>,
}

impl ShellTexts {
    /// Returns the ports, or `default`.
    pub(super) fn ports_or(self, default: &str) -> Result<Ports, Failure> {
        self.ports.map_or_else(|| resource_names::shell_text("ports", default), Ok)
    }

    /// Returns the build parameters of the call, except for the build pack.
    pub(super) fn build_params<'a>(&'a self, params: &'a CreateApp) -> BuildParams<'a> {
        BuildParams {
            pack: None,
            folder: self.base_directory.as_ref().map_or("", RepoPath::as_str),
            dockerfile: self.dockerfile_location.as_ref().map(RepoPath::as_str),
            compose: self.docker_compose_location.as_ref().map(RepoPath::as_str),
            ports: self.ports.as_ref(),
            port_variable: params.port_variable(),
        }
    }
}

fn parse<T: ShellText>(name: &str, text: Option<&str>) -> Result<Option<T>, Failure> {
    text.map(|text| resource_names::shell_text(name, text)).transpose()
}
