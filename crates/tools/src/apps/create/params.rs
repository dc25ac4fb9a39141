//! The parameters of `apps.create`.

use covibe_coolify::HealthCheck;
use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::image::ImageReference;
use covibe_domain::shell::{Branch, Ports, RepoPath};
use covibe_operation::rules;
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::apps::build_plan::Asked;
use crate::apps::envs::EnvInput;
use crate::apps::lasting::{self, HealthCheckInput, Volume, VolumeInput};
use crate::names::{self, NAME, REPOSITORY, ShellText, whole};
use crate::repos::files::{KEYED, MAX_FILES, NewFile};

/// How a call asks for the default domain of a service.
pub(super) const AUTO: &str = "auto";

/// The parameters that say what runs, of which a call has one.
const SOURCES: &[&str] = &["repo", "template", "image", "composeRaw", "files"];

/// The variable by which a call chooses profiles of its compose file.
const PROFILES: &str = "COMPOSE_PROFILES";

/// Create an app from one of: files (code you have, no git), repo (code in the workspace's Gitea
/// org), template (a product by name), image, composeRaw (a compose file). Returns its URL; deployed
/// unless instantDeploy is false.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend("not" = rules::none_or_several(SOURCES)),
    example = json!({ "image": "nginx:1.27", "name": "shop" })
)]
pub(crate) struct CreateApp {
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(title = "A repository of the workspace's Gitea organisation to build.", extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    pub(super) repo: Option<String>,
    /// Like nginx:1.27.
    #[serde(default)]
    #[schemars(length(min = 1, max = 300))]
    #[schemars(title = "An image to run.", extend("x-pattern" = whole(ImageReference::PATTERN)), example = &"nginx:1.27")]
    pub(super) image: Option<String>,
    /// Like umami.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    #[schemars(title = "The name of a product that Coolify has a template of.", example = &"umami")]
    pub(super) template: Option<String>,
    /// YAML, as its project publishes it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 262_144))]
    #[schemars(title = "A compose file in YAML, as its project publishes it.", example = &"services: {web: {image: \"nginx:1.27\"}}")]
    pub(super) compose_raw: Option<String>,
    /// For a new repository of this name.
    #[serde(default)]
    #[schemars(length(min = 1, max = MAX_FILES), extend("x-keyed" = json!(KEYED)))]
    #[schemars(
        title = "The files of a new private repository of the app's name, by path. An index.html without a Dockerfile or package.json is a static site."
    )]
    pub(super) files: Option<Vec<NewFile>>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(title = "The branch to deploy; by default, the repository's default branch.", extend("x-pattern" = whole(Branch::PATTERN)), example = &"main")]
    pub(super) branch: Option<String>,
    #[serde(default)]
    #[schemars(regex(pattern = NAME))]
    #[schemars(title = "The name, unique in the workspace.", example = &"shop")]
    pub(super) name: Option<String>,
    /// Like "3000"; by default what the Dockerfile exposes.
    #[serde(default)]
    #[schemars(length(min = 1, max = 59))]
    #[schemars(title = "The ports that the container listens on.", extend("x-pattern" = whole(Ports::PATTERN)), example = &"3000")]
    pub(super) ports: Option<String>,
    /// By default dockerfile if baseDirectory has one, static for an index.html without a program, else nixpacks.
    #[serde(default)]
    #[schemars(title = "How the image is built.")]
    pub(super) build_pack: Option<BuildPack>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 253))]
    #[schemars(title = "The host of the app; by default, one of its name.", example = &"shop.mark.example.com")]
    pub(super) domain: Option<String>,
    /// Gets the domain.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    #[schemars(title = "The service that gets the domain.", example = &"web")]
    pub(super) compose_service: Option<String>,
    #[serde(default)]
    #[schemars(length(max = 20))]
    #[schemars(title = "The domains of several services.")]
    pub(super) compose_domains: Option<Vec<ComposeDomain>>,
    #[serde(default)]
    #[schemars(length(max = 100))]
    #[schemars(title = "The environment variables.")]
    envs: Option<Vec<EnvInput>>,
    #[serde(default)]
    #[schemars(title = "Whether to deploy now; default: true.")]
    instant_deploy: Option<bool>,
    /// By pushes; default: true for repo and files.
    #[serde(default)]
    #[schemars(title = "Whether a push to the branch deploys the app; default: true.")]
    pub(super) auto_deploy: Option<bool>,
    #[serde(default, deserialize_with = "names::rooted")]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(title = "The path of the compose file in the repository.", extend("x-pattern" = whole(names::ROOTED)), example = &"/docker-compose.yaml")]
    pub(super) docker_compose_location: Option<String>,
    #[serde(default, deserialize_with = "names::rooted")]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(title = "The path of the Dockerfile in the repository.", extend("x-pattern" = whole(names::ROOTED)), example = &"/Dockerfile")]
    pub(super) dockerfile_location: Option<String>,
    #[serde(default, deserialize_with = "names::rooted")]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(title = "The directory to build.", extend("x-pattern" = whole(names::ROOTED)), example = &"/apps/web")]
    pub(super) base_directory: Option<String>,
    /// Folders that outlast deployments.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub(super) volumes: Option<Vec<VolumeInput>>,
    /// Needs curl or wget; startPeriod is in seconds.
    #[serde(default)]
    pub(super) health_check: Option<HealthCheckInput>,
}

/// A domain of one service of a compose file.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
pub(crate) struct ComposeDomain {
    #[schemars(length(max = 63))]
    #[schemars(title = "The service.", example = &"web")]
    pub(super) service: String,
    /// Or "auto".
    #[schemars(length(max = 253))]
    #[schemars(title = "The host, or `auto` for the default one.", example = &"shop.mark.example.com")]
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
            written => cx.namespace().host(written, name),
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
            Some(written) => namespace.host(written, name),
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

    /// Returns the values of the variables with which the call's compose file is evaluated. Those
    /// that are shown once are not among them: the file may be read again.
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

    /// Returns the health check to set.
    pub(super) fn health_check(&self) -> Result<Option<HealthCheck>, Failure> {
        let given = self.health_check.as_ref();
        given.map(|check| check.requested("healthCheck")).transpose()
    }

    /// Returns the volumes to mount; `None` if the call names none.
    pub(super) fn volumes(&self) -> Result<Option<Vec<Volume>>, Failure> {
        self.volumes.as_deref().map(|volumes| lasting::checked("volumes", volumes)).transpose()
    }

    /// Returns the same call for the repository of this name that its files will be in.
    pub(super) fn of_repository(&self, name: &str) -> Self {
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
        self.ports.map_or_else(|| names::shell_text("ports", default), Ok)
    }

    /// Returns what the call says of a build, but its build pack.
    pub(super) fn asked<'a>(&'a self, params: &'a CreateApp) -> Asked<'a> {
        Asked {
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
    text.map(|text| names::shell_text(name, text)).transpose()
}
