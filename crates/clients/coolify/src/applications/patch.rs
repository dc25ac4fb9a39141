//! Changes to an application.

use covibe_domain::entities::BuildPack;
use covibe_domain::image::ImageReference;
use covibe_domain::{AppUuid, Secret};
use serde_json::{Map, Value};

use super::image;
use crate::{Client, Error};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ApplicationPatch {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The full clone URL, credentials included.
    pub git_repository: Option<Secret>,
    /// The branch to deploy.
    pub git_branch: Option<String>,
    /// The commit to deploy; `HEAD` follows the branch.
    pub git_commit_sha: Option<String>,
    /// The image to run, for one that runs an image.
    pub image: Option<ImageReference>,
    /// The ports that the container listens on, separated by commas.
    pub ports_exposes: Option<String>,
    /// Absolute URLs; empty takes all domains away. Not for the compose build pack.
    pub domains: Option<Vec<String>>,
    /// How it is built.
    pub build_pack: Option<BuildPack>,
    /// The folder to build.
    pub base_directory: Option<String>,
    /// The folder to publish.
    pub publish_directory: Option<String>,
    /// The command that installs dependencies.
    pub install_command: Option<String>,
    /// The command that builds.
    pub build_command: Option<String>,
    /// The command that starts.
    pub start_command: Option<String>,
    /// Where the Dockerfile is.
    pub dockerfile_location: Option<String>,
    /// Where the compose file is.
    pub docker_compose_location: Option<String>,
}

impl ApplicationPatch {
    fn body(&self) -> Map<String, Value> {
        let image = self.image.as_ref().map(image::columns);
        let domains = self.domains.as_ref().map(|domains| domains.join(","));
        let fields = [
            ("name", self.name.as_deref()),
            ("description", self.description.as_deref()),
            ("git_repository", self.git_repository.as_ref().map(Secret::expose)),
            ("git_branch", self.git_branch.as_deref()),
            ("git_commit_sha", self.git_commit_sha.as_deref()),
            ("docker_registry_image_name", image.as_ref().map(|(name, _)| name.as_str())),
            ("docker_registry_image_tag", image.as_ref().map(|(_, tag)| *tag)),
            ("ports_exposes", self.ports_exposes.as_deref()),
            ("domains", domains.as_deref()),
            ("build_pack", self.build_pack.map(BuildPack::as_str)),
            ("base_directory", self.base_directory.as_deref()),
            ("publish_directory", self.publish_directory.as_deref()),
            ("install_command", self.install_command.as_deref()),
            ("build_command", self.build_command.as_deref()),
            ("start_command", self.start_command.as_deref()),
            ("dockerfile_location", self.dockerfile_location.as_deref()),
            ("docker_compose_location", self.docker_compose_location.as_deref()),
        ];
        let set = fields
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), Value::from(value?))));
        set.collect()
    }
}

impl Client {
    /// Changes an application; an empty patch sends nothing.
    ///
    /// Nothing takes effect before the next deployment. Domains may be dropped with a 200 (when the
    /// server runs no proxy): read the application again to see what was kept.
    pub async fn update_application(
        &self,
        uuid: &AppUuid,
        patch: &ApplicationPatch,
    ) -> Result<(), Error> {
        let body = patch.body();
        if body.is_empty() {
            return Ok(());
        }
        let _changing = self.shared.applications.changing();
        let request = self.transport.patch("/applications/{uuid}").segment(uuid.as_str());
        request.body(Value::Object(body)).repeatable().done().await
    }

    /// Clones an application from this URL, credentials included, from its next deployment on.
    pub async fn set_git_repository(&self, uuid: &AppUuid, url: &Secret) -> Result<(), Error> {
        let patch = ApplicationPatch { git_repository: Some(url.clone()), ..Default::default() };
        self.update_application(uuid, &patch).await
    }
}
