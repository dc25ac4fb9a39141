//! The members of an app that can be changed, in one table.
//!
//! A row contains the member's name, its other spellings, its schema, the apps that have it, the moment when it takes
//! effect, the functions that write it into Coolify's patch and read it back. The type of the patch, the published
//! schema, the spellings, the checks, the changes and the report are derived from the rows.

use covibe_coolify::{Application, ApplicationPatch, Service, ServicePatch};
use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::{Branch, CommitSha, Ports};
use covibe_operation::parameter_rules;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::apps::runtime_settings::{self, HealthCheckInput, VolumeInput};
use crate::limits::Limits;
use crate::patch_outcome::Others;
use crate::resource_names::{self, NAME, NAME_RULE, whole};

/// The apps that have a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    /// Every app.
    All,
    /// Applications, whether they are built from a repository or run an image.
    Applications,
    /// Applications that are built from a repository.
    Built,
    /// Applications that run an image.
    Images,
    /// Compose apps.
    Composed,
}

/// The moment when a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effective {
    /// At once.
    AtOnce,
    /// With the next deployment.
    Deployed,
}

/// The functions that write a member to one kind of resource, and compare it with what is read back.
pub(super) struct Column<Patch, Resource> {
    /// Writes a text into the patch. The second argument is the parameter's name in messages.
    pub(super) write: fn(&mut Patch, &str, &str) -> Result<(), Failure>,
    /// Returns whether Coolify kept the text.
    pub(super) keeps: fn(&Resource, &str) -> bool,
}

/// A row of the table: a member that can be changed.
pub(super) struct Member {
    /// Its name in the patch.
    pub(super) name: &'static str,
    /// The apps that have it.
    pub(super) has: Has,
    /// The moment when a change takes effect.
    pub(super) effective: Effective,
    /// Returns the text that a patch contains for it.
    text: fn(&AppPatch) -> Option<&String>,
    /// The functions for applications, if they have it.
    pub(super) application: Option<Column<ApplicationPatch, Application>>,
    /// The functions for compose services, if they have it. `service.rs` handles the compose file itself.
    pub(super) service: Option<Column<ServicePatch, Service>>,
}

impl Member {
    /// Returns the text that a patch contains for it.
    pub(super) fn text<'a>(&self, patch: &'a AppPatch) -> Option<&'a str> {
        (self.text)(patch).map(String::as_str)
    }

    /// Returns the parameter's name in messages.
    pub(super) fn parameter_name(&self) -> String {
        format!("patch.{}", self.name)
    }
}

/// Declares the table, and the type of the patch that has its members.
macro_rules! members {
    ($(
        $(#[$schema:meta])+
        $field:ident $name:literal, also [$($other:literal),*], $has:ident, $effective:ident,
        application: $application:expr,
        service: $service:expr;
    )+) => {
        /// A patch of an app, whose source decides which members it has.
        #[derive(Default, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", default)]
        #[schemars(
            extend("x-not" = parameter_rules::at_least_one()),
            example = json!({ "ports": "3000" })
        )]
        pub(super) struct AppPatch {
            $($(#[$schema])+ pub(super) $field: Option<String>,)+
            /// All folders in the container whose files survive deployments, including old ones.
            #[schemars(length(max = 10))]
            pub(super) volumes: Option<Vec<VolumeInput>>,
            /// A request that a new container must answer before it replaces the old one, or false for none.
            pub(super) health_check: Option<HealthCheckInput>,
            /// The most memory and CPUs; one that you leave out stays.
            pub(super) limits: Option<Limits>,
            /// The way to build the code: dockerfile, nixpacks (detects the language) or static (serves the files).
            pub(super) build_pack: Option<BuildPack>,
            /// Deploy on each git push to the branch.
            pub(super) auto_deploy: Option<bool>,
            /// Deploy only pushes that change a file below one of these, like apps/web; all if empty.
            #[schemars(length(max = 20), inner(length(min = 1, max = 200)))]
            #[schemars(example = vec!["apps/web"])]
            pub(super) watch_paths: Option<Vec<String>>,
            #[serde(flatten)]
            #[schemars(skip)]
            pub(super) others: Others,
        }

        /// The table.
        pub(super) static MEMBERS: &[Member] = &[$(Member {
            name: $name,
            has: Has::$has,
            effective: Effective::$effective,
            text: |patch| patch.$field.as_ref(),
            application: $application,
            service: $service,
        }),+];

        /// The names that Coolify uses for members. snake_case is accepted for every member.
        pub(super) const SPELLINGS: &[(&str, &str)] = &[$($(($other, $name),)*)+];
    };
}

/// A text for people, which may contain anything.
macro_rules! free_text {
    ($field:ident, $read:expr) => {
        Some(Column {
            write: |patch, _, text| {
                patch.$field = Some(text.to_owned());
                Ok(())
            },
            keeps: |resource, text| {
                let read: fn(&_) -> Option<&String> = $read;
                is_same_text(read(resource), text)
            },
        })
    };
}

/// A text that Coolify puts into a shell, which the type of the patch's field restricts.
macro_rules! shell_text {
    ($field:ident) => {
        Some(Column {
            write: |patch, shown, text| {
                patch.$field = Some(resource_names::shell_text(shown, text)?);
                Ok(())
            },
            keeps: |app, text| is_same_text(app.$field.as_ref(), text),
        })
    };
}

members! {
    /// Another name, like shop, unique in the workspace. Its domains stay.
    #[schemars(regex(pattern = NAME), extend("x-rule" = NAME_RULE))]
    #[schemars(example = &"shop")]
    name "name", also [], All, AtOnce,
        application: free_text!(name, |app: &Application| Some(&app.name)),
        service: free_text!(name, |service: &Service| Some(&service.name));

    /// A note for people.
    #[schemars(length(max = 255))]
    #[schemars(example = &"The shop of the spring campaign.")]
    description "description", also [], All, AtOnce,
        application: free_text!(description, |app: &Application| app.description.text.as_ref()),
        service: free_text!(description, |service: &Service| service.description.text.as_ref());

    /// The Git branch to build, like main.
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(Branch::PATTERN)), example = &"main")]
    branch "branch", also ["gitBranch"], Built, Deployed,
        application: shell_text!(git_branch),
        service: None;

    /// Stay on this commit, like 4f2c1d9, to roll back; HEAD follows the branch again.
    #[schemars(regex(pattern = r"^(HEAD|[0-9a-f]{7,64})$"))]
    #[schemars(extend("x-rule" = "HEAD, or the hash of a commit: 7 to 64 digits of 0-9 and a-f, like 4f2c1d9"))]
    #[schemars(example = &"HEAD")]
    commit "commit", also ["gitCommitSha", "gitCommit", "commitSha"], Built, Deployed,
        application: Some(Column {
            // Only checked here: the commit that was judged is the one that is written.
            write: |_, shown, text| resource_names::shell_text::<CommitSha>(shown, text).map(drop),
            keeps: |app, text| match text {
                CommitSha::HEAD => app.follows_branch(),
                text => is_same_text(app.git_commit_sha.as_ref(), text),
            },
        }),
        service: None;

    /// The ports on which the program listens, like "3000"; the domain leads to the first.
    #[schemars(length(max = 59))]
    #[schemars(extend("x-pattern" = whole(Ports::PATTERN)), example = &"3000")]
    ports "ports", also ["portsExposes"], Applications, Deployed,
        application: shell_text!(ports_exposes),
        service: None;

    /// With nixpacks: replaces the detected install command, like npm ci.
    #[schemars(length(max = 1000))]
    #[schemars(example = &"npm ci")]
    install_command "installCommand", also [], Built, Deployed,
        application: shell_text!(install_command),
        service: None;

    /// With nixpacks: replaces the detected build command, like npm run build.
    #[schemars(length(max = 1000))]
    #[schemars(example = &"npm run build")]
    build_command "buildCommand", also [], Built, Deployed,
        application: shell_text!(build_command),
        service: None;

    /// With nixpacks: replaces the detected start command, like npm start.
    #[schemars(length(max = 1000))]
    #[schemars(example = &"npm start")]
    start_command "startCommand", also [], Built, Deployed,
        application: shell_text!(start_command),
        service: None;

    /// The folder of the repository that is built, like /apps/web; / is all of it.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/apps/web")]
    base_directory "baseDirectory", also [], Built, Deployed,
        application: shell_text!(base_directory),
        service: None;

    /// With static: the folder below baseDirectory that is served, like /dist.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/dist")]
    publish_directory "publishDirectory", also [], Built, Deployed,
        application: shell_text!(publish_directory),
        service: None;

    /// With dockerfile: the Dockerfile's path below baseDirectory, like /docker/Dockerfile.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/Dockerfile")]
    dockerfile_location "dockerfileLocation", also ["dockerfilePath"], Built, Deployed,
        application: shell_text!(dockerfile_location),
        service: None;

    /// With dockercompose: the compose file's path below baseDirectory, like /docker-compose.yaml.
    #[serde(deserialize_with = "resource_names::rooted")]
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(resource_names::ROOTED)), example = &"/docker-compose.yaml")]
    docker_compose_location "dockerComposeLocation", also [], Built, Deployed,
        application: shell_text!(docker_compose_location),
        service: None;

    /// For an image app: another image or version, like nginx:1.27.
    #[schemars(length(max = 300))]
    #[schemars(extend("x-pattern" = whole(Image::PATTERN)), example = &"nginx:1.27")]
    image "image", also ["dockerRegistryImage"], Images, Deployed,
        application: Some(Column {
            write: |patch, shown, text| {
                let examples = "nginx:1.27, ghcr.io/org/app:2.0";
                patch.image = Some(resource_names::image(&format!("`{shown}`"), examples, text)?);
                Ok(())
            },
            keeps: |app, text| app.image().is_some_and(|present| is_image(&present, text)),
        }),
        service: None;

    /// For apps from composeRaw or template: the whole new compose file; apps.get with include returns the
    /// present one.
    #[schemars(length(max = 262_144))]
    #[schemars(example = &"services: {web: {image: \"nginx:1.27\"}}")]
    compose_raw "composeRaw", also ["dockerComposeRaw"], Composed, Deployed,
        application: None,
        service: None;
}

impl AppPatch {
    /// Returns the members in the patch with their texts, in the order of the table.
    pub(super) fn given_members(&self) -> impl Iterator<Item = (&'static Member, &str)> {
        MEMBERS.iter().filter_map(|member| Some((member, member.text(self)?)))
    }

    /// Returns whether the patch is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.given_members().next().is_none()
            && self.volumes.is_none()
            && self.health_check.is_none()
            && self.limits.is_none()
            && self.build_pack.is_none()
            && self.auto_deploy.is_none()
            && self.watch_paths.is_none()
            && self.others.names().next().is_none()
    }

    /// Returns whether the patch has a name.
    pub(super) fn renames(&self) -> bool {
        self.given_members().any(|(member, _)| member.name == "name")
    }

    /// Refuses texts that Coolify would put into a shell unquoted. An image is checked when it is
    /// written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        runtime_settings::parse_volumes(
            "patch.volumes",
            self.volumes.as_deref().unwrap_or_default(),
        )?;
        let mut scratch = ApplicationPatch::default();
        let mut checked = self.given_members().filter(|(member, _)| member.has != Has::Images);
        checked.try_for_each(|(member, text)| match &member.application {
            Some(column) => (column.write)(&mut scratch, &member.parameter_name(), text),
            None => Ok(()),
        })
    }
}

/// Returns whether a text is as it was written. Coolify trims texts, and stores an empty one as none.
fn is_same_text(present: Option<&String>, text: &str) -> bool {
    present.map_or("", |present| present.trim()) == text.trim()
}

/// Returns whether both name one image.
fn is_image(present: &str, wanted: &str) -> bool {
    match (present.parse::<Image>(), wanted.parse()) {
        (Ok(present), Ok(wanted)) => present.is_same_as(&wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
