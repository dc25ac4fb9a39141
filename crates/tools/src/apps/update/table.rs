//! The members of an app that can be changed, in one table.
//!
//! A row contains the member's name, its other spellings, its schema, which apps have it, when it
//! takes effect, how it is written into Coolify's patch, and how it is read back. The type of the
//! patch, the published schema, the spellings, the checks, the changes and the report are derived from
//! the rows.

use covibe_coolify::{Application, ApplicationPatch, Service, ServicePatch};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::apps::lasting::{self, HealthCheckInput, VolumeInput};
use crate::names::{self, NAME, PORTS};
use crate::patch::Others;

/// Which apps have a member.
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

/// When a change takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effective {
    /// With the change itself.
    AtOnce,
    /// With the next deployment.
    Deployed,
}

/// How a member is written to one kind of resource, and read back.
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
    /// Which apps have it.
    pub(super) has: Has,
    /// When a change takes effect.
    pub(super) effective: Effective,
    /// Returns the text that a patch contains for it.
    text: fn(&AppPatch) -> Option<&String>,
    /// For applications, if they have it.
    pub(super) application: Option<Column<ApplicationPatch, Application>>,
    /// For compose services, if they have it. `service.rs` handles the compose file itself.
    pub(super) service: Option<Column<ServicePatch, Service>>,
}

impl Member {
    /// Returns the text that a patch contains for it.
    pub(super) fn text<'a>(&self, patch: &'a AppPatch) -> Option<&'a str> {
        (self.text)(patch).map(String::as_str)
    }

    /// Returns the parameter's name in messages.
    pub(super) fn shown(&self) -> String {
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
        // A patch of an app. Which members an app has depends on its source. No doc comment: every
        // byte is part of every listing.
        #[derive(Default, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct AppPatch {
            $($(#[$schema])+ pub(super) $field: Option<String>,)+
            /// All of them.
            #[schemars(length(max = 10))]
            pub(super) volumes: Option<Vec<VolumeInput>>,
            pub(super) health_check: Option<HealthCheckInput>,
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
                same(read(resource), text)
            },
        })
    };
}

/// A text that Coolify puts into a shell, which the type of the patch's field restricts.
macro_rules! shell_text {
    ($field:ident) => {
        Some(Column {
            write: |patch, shown, text| {
                patch.$field = Some(names::shell_text(shown, text)?);
                Ok(())
            },
            keeps: |app, text| same(app.$field.as_ref(), text),
        })
    };
}

members! {
    #[schemars(regex(pattern = NAME))]
    name "name", also [], All, AtOnce,
        application: free_text!(name, |app: &Application| Some(&app.name)),
        service: free_text!(name, |service: &Service| Some(&service.name));

    #[schemars(length(max = 255))]
    description "description", also [], All, AtOnce,
        application: free_text!(description, |app: &Application| app.description.text.as_ref()),
        service: free_text!(description, |service: &Service| service.description.text.as_ref());

    #[schemars(length(max = 200))]
    branch "branch", also ["gitBranch"], Built, Deployed,
        application: shell_text!(git_branch),
        service: None;

    #[schemars(regex(pattern = r"^(HEAD|[0-9a-f]{7,64})$"))]
    commit "commit", also ["gitCommitSha", "gitCommit", "commitSha"], Built, Deployed,
        application: shell_text!(git_commit_sha),
        service: None;

    #[schemars(regex(pattern = PORTS))]
    ports "ports", also ["portsExposes"], Applications, Deployed,
        application: shell_text!(ports_exposes),
        service: None;

    #[schemars(length(max = 1000))]
    install_command "installCommand", also [], Built, Deployed,
        application: shell_text!(install_command),
        service: None;

    #[schemars(length(max = 1000))]
    build_command "buildCommand", also [], Built, Deployed,
        application: shell_text!(build_command),
        service: None;

    #[schemars(length(max = 1000))]
    start_command "startCommand", also [], Built, Deployed,
        application: shell_text!(start_command),
        service: None;

    #[serde(deserialize_with = "names::rooted")]
    #[schemars(length(max = 200))]
    base_directory "baseDirectory", also [], Built, Deployed,
        application: shell_text!(base_directory),
        service: None;

    #[serde(deserialize_with = "names::rooted")]
    #[schemars(length(max = 200))]
    publish_directory "publishDirectory", also [], Built, Deployed,
        application: shell_text!(publish_directory),
        service: None;

    #[serde(deserialize_with = "names::rooted")]
    #[schemars(length(max = 200))]
    dockerfile_location "dockerfileLocation", also ["dockerfilePath"], Built, Deployed,
        application: shell_text!(dockerfile_location),
        service: None;

    #[serde(deserialize_with = "names::rooted")]
    #[schemars(length(max = 200))]
    docker_compose_location "dockerComposeLocation", also [], Built, Deployed,
        application: shell_text!(docker_compose_location),
        service: None;

    #[schemars(length(max = 300))]
    image "image", also ["dockerRegistryImage"], Images, Deployed,
        application: Some(Column {
            write: |patch, shown, text| {
                let examples = "nginx:1.27, ghcr.io/org/app:2.0";
                patch.image = Some(names::image(&format!("`{shown}`"), examples, text)?);
                Ok(())
            },
            keeps: |app, text| app.image().is_some_and(|present| is_image(&present, text)),
        }),
        service: None;

    #[schemars(length(max = 262_144))]
    compose_raw "composeRaw", also ["dockerComposeRaw"], Composed, Deployed,
        application: None,
        service: None;
}

impl AppPatch {
    /// Returns the members in the patch with their texts, in the order of the table.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static Member, &str)> {
        MEMBERS.iter().filter_map(|member| Some((member, member.text(self)?)))
    }

    /// Returns whether the patch is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.given().next().is_none()
            && self.volumes.is_none()
            && self.health_check.is_none()
            && self.others.names().next().is_none()
    }

    /// Refuses texts that Coolify would put into a shell unquoted. An image is checked when it is
    /// written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        lasting::checked("patch.volumes", self.volumes.as_deref().unwrap_or_default())?;
        let mut scratch = ApplicationPatch::default();
        let mut checked = self.given().filter(|(member, _)| member.has != Has::Images);
        checked.try_for_each(|(member, text)| match &member.application {
            Some(column) => (column.write)(&mut scratch, &member.shown(), text),
            None => Ok(()),
        })
    }
}

/// Returns whether a text is as it was written. Coolify trims texts, and stores an empty one as none.
fn same(present: Option<&String>, text: &str) -> bool {
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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn application(members: &Value) -> Application {
        let mut value = json!({ "uuid": "zg4cwgc44ogc08804000gggo" });
        value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(value).unwrap()
    }

    fn column(name: &str) -> &'static Column<ApplicationPatch, Application> {
        let member = MEMBERS.iter().find(|member| member.name == name).unwrap();
        member.application.as_ref().unwrap()
    }

    #[test]
    fn compares_images_by_meaning() {
        let digest = format!("nginx@sha256:{}", "0".repeat(64));
        for (present, wanted, same) in [
            ("nginx:latest", "nginx", true),
            ("nginx:1.27", "nginx:1.27", true),
            ("nginx:1.27", "nginx", false),
            (digest.as_str(), digest.as_str(), true),
            (digest.as_str(), "nginx", false),
            ("odd odd", "odd odd", false),
        ] {
            assert_eq!(is_image(present, wanted), same, "{present} {wanted}");
        }
    }

    #[test]
    fn treats_an_empty_text_as_absent() {
        let app = application(&json!({ "build_command": null, "start_command": "run" }));
        let keeps = |name, text| (column(name).keeps)(&app, text);
        assert!(keeps("buildCommand", "") && !keeps("startCommand", ""));
        assert!(keeps("startCommand", " run") && !keeps("branch", "main"));
    }

    #[test]
    fn reads_each_member_from_the_field_it_is_written_to() {
        let rows = [
            ("name", "name", "x"),
            ("description", "description", "x"),
            ("branch", "git_branch", "x"),
            ("commit", "git_commit_sha", "0123abc"),
            ("ports", "ports_exposes", "80"),
            ("installCommand", "install_command", "x"),
            ("buildCommand", "build_command", "x"),
            ("startCommand", "start_command", "x"),
            ("baseDirectory", "base_directory", "/x"),
            ("publishDirectory", "publish_directory", "/x"),
            ("dockerfileLocation", "dockerfile_location", "/x"),
            ("dockerComposeLocation", "docker_compose_location", "/x"),
        ];
        let texts = MEMBERS.iter().filter(|row| !matches!(row.has, Has::Images | Has::Composed));
        assert!(texts.map(|row| row.name).eq(rows.iter().map(|(name, ..)| *name)));
        for (name, field, text) in rows {
            let app = application(&json!({ field: text }));
            assert!((column(name).keeps)(&app, text), "{name}");
            assert!(!(column(name).keeps)(&application(&json!({})), text), "{name}");
            let mut patch = ApplicationPatch::default();
            (column(name).write)(&mut patch, name, text).unwrap();
            let written = format!("{patch:?}");
            let at = written.find(&format!("{field}: Some(")).unwrap();
            assert!(written[at..].split(", ").next().unwrap().contains(text), "{written}");
        }
    }

    #[test]
    fn derives_the_patch_from_the_table() {
        let schema = serde_json::to_value(covibe_operation::input_schema::<AppPatch>()).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!(properties.len(), MEMBERS.len() + ["volumes", "healthCheck"].len());
        for member in MEMBERS {
            assert!(properties.contains_key(member.name), "{}", member.name);
            let patch: AppPatch = serde_json::from_value(json!({ member.name: "/x" })).unwrap();
            assert!(patch.given().map(|(row, text)| (row.name, text)).eq([(member.name, "/x")]));
        }
        for (other, member) in SPELLINGS {
            assert!(properties.contains_key(*member) && !properties.contains_key(*other));
        }
    }
}
