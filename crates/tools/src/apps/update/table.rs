//! The members of an app that can be changed: each one once, with all that is known of it.
//!
//! A row says what a member is called, what callers may call it as well, what its text may be, which
//! apps have it, when it takes effect, how it is written into Coolify's patch, and how it is read
//! back. The type of the patch, the published schema, the other spellings, the check, the change and
//! the report of what was applied all follow from the rows.

use covibe_coolify::{Application, ApplicationPatch, Service, ServicePatch};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::names::{self, NAME, PORTS};
use crate::patch::Others;

/// Which apps have a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Has {
    /// Every app.
    All,
    /// Applications that are built from a repository, and those that run an image.
    Applications,
    /// Applications that are built from a repository.
    Built,
    /// Applications that run an image.
    Images,
    /// Services made of a compose file.
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

/// How one kind of resource takes a member and tells it.
pub(super) struct Column<Patch, Resource> {
    /// Writes a text into the patch; the second argument is what the member is called in the call.
    pub(super) write: fn(&mut Patch, &str, &str) -> Result<(), Failure>,
    /// Returns whether Coolify has the member as it was asked for.
    pub(super) keeps: fn(&Resource, &str) -> bool,
}

/// A member that can be changed: a row of the table.
pub(super) struct Member {
    /// What it is called in the patch.
    pub(super) name: &'static str,
    /// Which apps have it.
    pub(super) has: Has,
    /// When a change of it takes effect.
    pub(super) effective: Effective,
    /// The text that a call gives.
    text: fn(&AppPatch) -> Option<&String>,
    /// How applications take it, where they have it.
    pub(super) application: Option<Column<ApplicationPatch, Application>>,
    /// How services take it, where they have it. A compose file is no member of a patch alone:
    /// `service.rs` checks, writes and compares it.
    pub(super) service: Option<Column<ServicePatch, Service>>,
}

impl Member {
    /// The text that a patch gives for it.
    pub(super) fn text<'a>(&self, patch: &'a AppPatch) -> Option<&'a str> {
        (self.text)(patch).map(String::as_str)
    }

    /// What it is called in the call.
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
        /// A patch of an app; which of its members an app takes depends on what it is made of.
        #[derive(Default, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct AppPatch {
            $($(#[$schema])+ pub(super) $field: Option<String>,)+
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

        /// What Coolify, and those who know it, call a member; snake_case is accepted of any.
        pub(super) const SPELLINGS: &[(&str, &str)] = &[$($(($other, $name),)*)+];
    };
}

/// A text for people: taken as it is.
macro_rules! words {
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

/// A text that reaches a shell: of the type that the patch demands.
macro_rules! shell {
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
        application: words!(name, |app: &Application| Some(&app.name)),
        service: words!(name, |service: &Service| Some(&service.name));

    #[schemars(length(max = 255))]
    description "description", also [], All, AtOnce,
        application: words!(description, |app: &Application| app.description.as_ref()),
        service: words!(description, |service: &Service| service.description.as_ref());

    #[schemars(length(max = 200))]
    branch "branch", also ["gitBranch"], Built, Deployed,
        application: shell!(git_branch),
        service: None;

    #[schemars(regex(pattern = r"^(HEAD|[0-9a-f]{7,64})$"))]
    commit "commit", also ["gitCommitSha", "gitCommit", "commitSha"], Built, Deployed,
        application: shell!(git_commit_sha),
        service: None;

    #[schemars(regex(pattern = PORTS))]
    ports "ports", also ["portsExposes"], Applications, Deployed,
        application: shell!(ports_exposes),
        service: None;

    #[schemars(length(max = 1000))]
    install_command "installCommand", also [], Built, Deployed,
        application: shell!(install_command),
        service: None;

    #[schemars(length(max = 1000))]
    build_command "buildCommand", also [], Built, Deployed,
        application: shell!(build_command),
        service: None;

    #[schemars(length(max = 1000))]
    start_command "startCommand", also [], Built, Deployed,
        application: shell!(start_command),
        service: None;

    #[schemars(length(max = 200))]
    base_directory "baseDirectory", also [], Built, Deployed,
        application: shell!(base_directory),
        service: None;

    #[schemars(length(max = 200))]
    publish_directory "publishDirectory", also [], Built, Deployed,
        application: shell!(publish_directory),
        service: None;

    #[schemars(length(max = 200))]
    dockerfile_location "dockerfileLocation", also ["dockerfilePath"], Built, Deployed,
        application: shell!(dockerfile_location),
        service: None;

    #[schemars(length(max = 200))]
    docker_compose_location "dockerComposeLocation", also [], Built, Deployed,
        application: shell!(docker_compose_location),
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
    /// The members that are given, in the table's order, each with its text.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'static Member, &str)> {
        MEMBERS.iter().filter_map(|member| Some((member, member.text(self)?)))
    }

    /// Returns whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.given().next().is_none() && self.others.names().next().is_none()
    }

    /// Refuses texts that Coolify would put into a shell as they are. An image is checked where it
    /// is taken.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let mut scratch = ApplicationPatch::default();
        let mut checked = self.given().filter(|(member, _)| member.has != Has::Images);
        checked.try_for_each(|(member, text)| match &member.application {
            Some(column) => (column.write)(&mut scratch, &member.shown(), text),
            None => Ok(()),
        })
    }
}

/// Returns whether a text is there as it was asked for. Coolify trims texts, and takes an empty one
/// for none.
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
    fn an_image_is_the_same_however_it_is_written() {
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
    fn what_is_cleared_is_absent() {
        let app = application(&json!({ "build_command": null, "start_command": "run" }));
        let keeps = |name, text| (column(name).keeps)(&app, text);
        assert!(keeps("buildCommand", "") && !keeps("startCommand", ""));
        assert!(keeps("startCommand", " run") && !keeps("branch", "main"));
    }

    #[test]
    fn every_member_is_read_from_the_field_that_it_is_written_to() {
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
    fn the_patch_has_the_members_of_the_table() {
        let schema = serde_json::to_value(covibe_operation::input_schema::<AppPatch>()).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!(properties.len(), MEMBERS.len());
        for member in MEMBERS {
            assert!(properties.contains_key(member.name), "{}", member.name);
            let patch: AppPatch = serde_json::from_value(json!({ member.name: "x" })).unwrap();
            assert!(patch.given().map(|(row, text)| (row.name, text)).eq([(member.name, "x")]));
        }
        for (other, member) in SPELLINGS {
            assert!(properties.contains_key(*member) && !properties.contains_key(*other));
        }
    }
}
