//! The settings of an app that apps.update changes, as apps.get returns them.

use covibe_coolify::{Application, BuildPack};
use covibe_domain::entities::KeyAccess;
use covibe_domain::secret::without_secrets;
use covibe_domain::shell::CommitSha;
use schemars::JsonSchema;
use serde::Serialize;

/// The settings of an app, under the names that apps.update uses. Settings without a value are left out.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings {
    /// A note for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The shop of the spring campaign.")]
    description: Option<String>,
    /// The commit that it stays on, or `HEAD` if it follows the branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"HEAD")]
    commit: Option<String>,
    /// The folder that is built.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/apps/web")]
    base_directory: Option<String>,
    /// The folder that a static site is served from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/dist")]
    publish_directory: Option<String>,
    /// The path of the Dockerfile below the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/Dockerfile")]
    dockerfile_location: Option<String>,
    /// The path of the compose file below the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/docker-compose.yaml")]
    docker_compose_location: Option<String>,
    /// The install command that replaces the one detected by nixpacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"npm ci")]
    install_command: Option<String>,
    /// The build command that replaces the one detected by nixpacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"npm run build")]
    build_command: Option<String>,
    /// The start command that replaces the one detected by nixpacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"npm start")]
    start_command: Option<String>,
}

impl Settings {
    /// Returns the settings of an application. A read-only caller gets its texts without apparent secrets.
    pub(super) fn read(app: &Application, access: KeyAccess) -> Self {
        let present = |text: &Option<String>| present_text(text.as_deref(), access);
        let described = Self::from_description(app.description.text.as_deref(), access);
        if app.runs_image() {
            return described;
        }
        let is_of = |pack| app.build_pack == Some(pack);
        let pinned = app.git_commit_sha.clone().filter(|_| !app.follows_branch());
        Self {
            commit: Some(pinned.unwrap_or_else(|| CommitSha::HEAD.to_owned())),
            base_directory: present(&app.base_directory),
            publish_directory: present(&app.publish_directory),
            dockerfile_location: present(&app.dockerfile_location)
                .filter(|_| is_of(BuildPack::Dockerfile)),
            docker_compose_location: present(&app.docker_compose_location)
                .filter(|_| is_of(BuildPack::Dockercompose)),
            install_command: present(&app.install_command),
            build_command: present(&app.build_command),
            start_command: present(&app.start_command),
            ..described
        }
    }

    /// Returns the settings of an app that has only a description.
    pub(super) fn from_description(description: Option<&str>, access: KeyAccess) -> Self {
        Self { description: present_text(description, access), ..Self::default() }
    }
}

fn present_text(text: Option<&str>, access: KeyAccess) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    let is_whole = access != KeyAccess::Read;
    Some(if is_whole { text.to_owned() } else { without_secrets(text) })
}
