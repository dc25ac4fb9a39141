//! The parameter `patch` of `apps.update`: the fields of an app that a call changes.

use covibe_domain::entities::BuildPack;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::{Branch, Ports};
use covibe_operation::parameter_rules;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::apps::manage::runtime_settings::{HealthCheckInput, VolumeInput};
use crate::container_limits::Limits;
use crate::patch_outcome::Others;
use crate::resource_names::{self, NAME, NAME_RULE, whole};

// Each text has a row in the table of `text_fields`.
/// A patch of an app. The app's source decides which fields it accepts.
#[derive(Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(
    extend("x-not" = parameter_rules::at_least_one()),
    example = json!({ "ports": "3000" })
)]
pub(super) struct AppPatch {
    /// Another name, unique in the workspace, such as `shop`. Its domains stay.
    #[schemars(regex(pattern = NAME), extend("x-rule" = NAME_RULE))]
    #[schemars(example = &"shop")]
    pub(super) name: Option<String>,
    /// A note for people.
    #[schemars(length(max = 255))]
    #[schemars(example = &"The shop of the spring campaign.")]
    pub(super) description: Option<String>,
    /// The Git branch to build, such as `main`.
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(Branch::PATTERN)), example = &"main")]
    pub(super) branch: Option<String>,
    /// Stay on this commit, such as `4f2c1d9`, to roll back; `HEAD` follows the branch again.
    #[schemars(regex(pattern = r"^(HEAD|[0-9a-f]{7,64})$"))]
    #[schemars(extend("x-rule" = "HEAD, or the hash of a commit: 7 to 64 digits of 0-9 and a-f, like 4f2c1d9"))]
    #[schemars(example = &"HEAD")]
    pub(super) commit: Option<String>,
    /// The ports on which the program listens, such as `3000`; the domain uses the first.
    #[schemars(length(max = 59))]
    #[schemars(extend("x-pattern" = whole(Ports::PATTERN)), example = &"3000")]
    pub(super) ports: Option<String>,
    /// With nixpacks: replaces the detected install command, such as `npm ci`.
    #[schemars(length(max = 1000))]
    #[schemars(example = &"npm ci")]
    pub(super) install_command: Option<String>,
    /// With nixpacks: replaces the detected build command, such as `npm run build`.
    #[schemars(length(max = 1000))]
    #[schemars(example = &"npm run build")]
    pub(super) build_command: Option<String>,
    /// With nixpacks: replaces the detected start command, such as `npm start`.
    #[schemars(length(max = 1000))]
    #[schemars(example = &"npm start")]
    pub(super) start_command: Option<String>,
    /// The folder of the repository that is built, such as `/apps/web`; `/` is all of it.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/apps/web")]
    pub(super) base_directory: Option<String>,
    /// With static: the folder below baseDirectory that is served, such as `/dist`.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/dist")]
    pub(super) publish_directory: Option<String>,
    /// With dockerfile: the Dockerfile's path below baseDirectory, such as `/docker/Dockerfile`.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/Dockerfile")]
    pub(super) dockerfile_location: Option<String>,
    /// With dockercompose: the compose file's path below baseDirectory, such as `/docker-compose.yaml`.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/docker-compose.yaml")]
    pub(super) docker_compose_location: Option<String>,
    /// For an image app: another image or version, such as `nginx:1.27`.
    #[schemars(length(max = 300))]
    #[schemars(extend("x-pattern" = whole(Image::PATTERN)), example = &"nginx:1.27")]
    pub(super) image: Option<String>,
    /// For apps from `composeRaw` or template: the whole new compose file; apps.get with include returns the current one.
    #[schemars(length(max = 262_144))]
    #[schemars(example = &"services: {web: {image: \"nginx:1.27\"}}")]
    pub(super) compose_raw: Option<String>,
    /// All folders in the container whose files survive deployments, including the existing ones.
    #[schemars(length(max = 10))]
    pub(super) volumes: Option<Vec<VolumeInput>>,
    /// A request that a new container must answer before it replaces the old one, or false for none.
    pub(super) health_check: Option<HealthCheckInput>,
    /// Limits of memory and CPUs; a limit that you leave out stays.
    pub(super) limits: Option<Limits>,
    /// The way to build the code: dockerfile, nixpacks (detects the language) or static (serves the files).
    pub(super) build_pack: Option<BuildPack>,
    /// Deploy on each git push to the branch.
    pub(super) auto_deploy: Option<bool>,
    /// Deploy only pushes that change a file below one of these, such as `apps/web`; if empty, all pushes.
    #[schemars(length(max = 20), inner(length(min = 1, max = 200)))]
    #[schemars(example = vec!["apps/web"])]
    pub(super) watch_paths: Option<Vec<String>>,
    #[serde(flatten)]
    #[schemars(skip)]
    pub(super) others: Others,
}

impl AppPatch {
    /// Returns whether the patch is empty.
    pub(super) fn is_empty(&self) -> bool {
        let has_others = self.others.names().next().is_some();
        !has_others && *self == Self { others: self.others.clone(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use covibe_operation::SPELLED;

    use super::*;

    #[test]
    fn a_patch_with_nothing_but_the_spelling_of_an_absent_member_is_empty() {
        let patch = |value| serde_json::from_value::<AppPatch>(value).unwrap();
        assert!(patch(json!({})).is_empty());
        assert!(patch(json!({ SPELLED: { "branch": "git_branch" } })).is_empty());
        assert!(!patch(json!({ "memory": "1g" })).is_empty());
        assert!(!patch(json!({ "autoDeploy": false })).is_empty());
        assert!(!patch(json!({ "branch": "main" })).is_empty());
    }
}
