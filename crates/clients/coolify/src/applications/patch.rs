//! Changes to an application.

use covibe_domain::entities::BuildPack;
use covibe_domain::image::ImageReference;
use covibe_domain::shell::{Branch, BuildCommand, Ports, RepoPath};
use covibe_domain::{AppUuid, boxed};
use serde_json::{Map, Value};

use super::built_image;
use super::clone_url::CloneUrl;
use super::health_check::HealthCheck;
use super::source_commit::BuildSource;
use crate::client::Client;
use crate::container_limits::Limits;
use covibe_upstream::Error;

/// The changes to an application; `None` keeps a value.
#[derive(Clone, Debug, Default)]
pub struct ApplicationPatch {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The full clone URL, credentials included.
    pub git_repository: Option<CloneUrl>,
    /// The branch to deploy.
    pub git_branch: Option<Branch>,
    /// The image to run, for one that runs an image.
    pub image: Option<ImageReference>,
    /// The ports that the container listens on. The proxy uses the first of them, but learns of a
    /// change only from a patch that has `domains` too (4.3.11).
    pub ports_exposes: Option<Ports>,
    /// Absolute URLs; empty takes all domains away. Not for the compose build pack.
    pub domains: Option<Vec<String>>,
    /// Its build pack.
    pub build_pack: Option<BuildPack>,
    /// The folder to build.
    pub base_directory: Option<RepoPath>,
    /// The folder to publish.
    pub publish_directory: Option<RepoPath>,
    /// The command that installs dependencies.
    pub install_command: Option<BuildCommand>,
    /// The command that builds.
    pub build_command: Option<BuildCommand>,
    /// The command that starts.
    pub start_command: Option<BuildCommand>,
    /// The path of the Dockerfile.
    pub dockerfile_location: Option<RepoPath>,
    /// The path of the compose file.
    pub docker_compose_location: Option<RepoPath>,
    /// The commit that it is built from.
    pub source: Option<BuildSource>,
    /// The check of a new container before the old one is removed.
    pub health_check: Option<HealthCheck>,
    /// The limits of its container.
    pub limits: Limits,
    /// The number of times that Docker may restart its container before Coolify stops and removes
    /// it; 0 is no limit.
    /// The API has it since 4.3.
    pub restart_limit: Option<u32>,
    /// True if the containers of a compose file are also on the network of its destination; those
    /// of the other build packs always are.
    pub connect_to_docker_network: Option<bool>,
}

impl ApplicationPatch {
    /// Returns whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.body().is_empty()
    }

    fn body(&self) -> Map<String, Value> {
        let image = self.image.as_ref().map(built_image::columns);
        let domains = self.domains.as_ref().map(|domains| domains.join(","));
        let fields = [
            ("name", self.name.as_deref()),
            ("description", self.description.as_deref()),
            ("git_repository", self.git_repository.as_ref().map(|url| url.secret().expose())),
            ("git_branch", self.git_branch.as_ref().map(Branch::as_str)),
            ("docker_registry_image_name", image.as_ref().map(|(name, _)| name.as_str())),
            ("docker_registry_image_tag", image.as_ref().map(|(_, tag)| *tag)),
            ("ports_exposes", self.ports_exposes.as_ref().map(Ports::as_str)),
            ("domains", domains.as_deref()),
            ("build_pack", self.build_pack.map(BuildPack::as_str)),
            ("base_directory", self.base_directory.as_ref().map(RepoPath::as_str)),
            ("publish_directory", self.publish_directory.as_ref().map(RepoPath::as_str)),
            ("install_command", self.install_command.as_ref().map(BuildCommand::as_str)),
            ("build_command", self.build_command.as_ref().map(BuildCommand::as_str)),
            ("start_command", self.start_command.as_ref().map(BuildCommand::as_str)),
            ("dockerfile_location", self.dockerfile_location.as_ref().map(RepoPath::as_str)),
            (
                "docker_compose_location",
                self.docker_compose_location.as_ref().map(RepoPath::as_str),
            ),
        ];
        let set = fields
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), Value::from(value?))));
        let mut body: Map<_, _> = set.collect();
        if let Some(source) = &self.source {
            source.add_to(&mut body);
        }
        if let Some(check) = &self.health_check {
            check.add_to(&mut body);
        }
        self.limits.add_to(&mut body);
        if let Some(limit) = self.restart_limit {
            body.insert("max_restart_count".to_owned(), Value::from(limit));
        }
        if let Some(is_on) = self.connect_to_docker_network {
            body.insert("connect_to_docker_network".to_owned(), Value::from(is_on));
        }
        body
    }
}

impl Client {
    /// Changes an application; an empty patch sends nothing.
    ///
    /// Nothing takes effect before the next deployment. Domains may be dropped with a 200 (when the
    /// server runs no proxy): read the application again to see what was kept.
    #[boxed]
    pub async fn update_application(
        &self,
        uuid: &AppUuid,
        patch: &ApplicationPatch,
    ) -> Result<(), Error> {
        let body = patch.body();
        if body.is_empty() {
            return Ok(());
        }
        let _changing = self.changing();
        let request = self.transport.patch("/applications/{uuid}").segment(uuid.as_str());
        request.body(Value::Object(body)).repeatable().execute().await
    }

    /// Clones an application from this URL, credentials included, from its next deployment on.
    #[boxed]
    pub async fn set_git_repository(&self, uuid: &AppUuid, url: &CloneUrl) -> Result<(), Error> {
        let patch = ApplicationPatch { git_repository: Some(url.clone()), ..Default::default() };
        self.update_application(uuid, &patch).await
    }
}
