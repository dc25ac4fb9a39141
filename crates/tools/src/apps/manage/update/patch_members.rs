//! The members of an app that are texts, in one table.
//!
//! A row contains the member's name, the apps that have it, the moment when it takes effect, and the ways in which it is
//! written into Coolify's patch and read back. The checks, the changes and the report are derived from the rows.

use covibe_coolify::{Application, ApplicationPatch, Service, ServicePatch};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::CommitSha;

use super::patch::AppPatch;
use crate::resource_names::{self, ShellText};

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

/// The way in which a member is written to one kind of resource, and compared with what is read back.
pub(super) trait Column<Patch, Resource>: Sync {
    /// Writes a text into the patch. `parameter` is the parameter's name in messages.
    fn write(&self, patch: &mut Patch, parameter: &str, text: &str) -> Result<(), Failure>;

    /// Returns whether Coolify kept the text.
    fn keeps(&self, resource: &Resource, text: &str) -> bool;
}

/// The way for applications.
type ApplicationColumn = dyn Column<ApplicationPatch, Application>;

/// The way for compose services.
type ServiceColumn = dyn Column<ServicePatch, Service>;

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
    /// The way for applications, if they have it.
    pub(super) application: Option<&'static ApplicationColumn>,
    /// The way for compose services, if they have it. `service.rs` handles the compose file itself.
    pub(super) service: Option<&'static ServiceColumn>,
}

impl Member {
    /// Creates a member of all apps that changes at once.
    const fn for_all(
        name: &'static str,
        text: fn(&AppPatch) -> Option<&String>,
        application: &'static ApplicationColumn,
        service: &'static ServiceColumn,
    ) -> Self {
        let (has, effective) = (Has::All, Effective::AtOnce);
        let (application, service) = (Some(application), Some(service));
        Self { name, has, effective, text, application, service }
    }

    /// Creates a member of applications that changes with the next deployment.
    const fn for_applications(
        name: &'static str,
        has: Has,
        text: fn(&AppPatch) -> Option<&String>,
        column: &'static ApplicationColumn,
    ) -> Self {
        let effective = Effective::Deployed;
        Self { name, has, effective, text, application: Some(column), service: None }
    }

    /// Returns the text that a patch contains for it.
    pub(super) fn text<'a>(&self, patch: &'a AppPatch) -> Option<&'a str> {
        (self.text)(patch).map(String::as_str)
    }

    /// Returns the parameter's name in messages.
    pub(super) fn parameter_name(&self) -> String {
        format!("patch.{}", self.name)
    }
}

/// The table.
pub(super) static MEMBERS: &[Member] = &[
    Member::for_all(
        "name",
        |patch| patch.name.as_ref(),
        &ApplicationText { slot: |patch| &mut patch.name, read: |app| Some(&app.name) },
        &ServiceText { slot: |patch| &mut patch.name, read: |service| Some(&service.name) },
    ),
    Member::for_all(
        "description",
        |patch| patch.description.as_ref(),
        &ApplicationText {
            slot: |patch| &mut patch.description,
            read: |app| app.description.text.as_ref(),
        },
        &ServiceText {
            slot: |patch| &mut patch.description,
            read: |service| service.description.text.as_ref(),
        },
    ),
    Member::for_applications(
        "branch",
        Has::Built,
        |patch| patch.branch.as_ref(),
        &Restricted { slot: |patch| &mut patch.git_branch, read: |app| app.git_branch.as_ref() },
    ),
    Member::for_applications("commit", Has::Built, |patch| patch.commit.as_ref(), &PinnedCommit),
    Member::for_applications(
        "ports",
        Has::Applications,
        |patch| patch.ports.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.ports_exposes,
            read: |app| app.ports_exposes.as_ref(),
        },
    ),
    Member::for_applications(
        "installCommand",
        Has::Built,
        |patch| patch.install_command.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.install_command,
            read: |app| app.install_command.as_ref(),
        },
    ),
    Member::for_applications(
        "buildCommand",
        Has::Built,
        |patch| patch.build_command.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.build_command,
            read: |app| app.build_command.as_ref(),
        },
    ),
    Member::for_applications(
        "startCommand",
        Has::Built,
        |patch| patch.start_command.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.start_command,
            read: |app| app.start_command.as_ref(),
        },
    ),
    Member::for_applications(
        "baseDirectory",
        Has::Built,
        |patch| patch.base_directory.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.base_directory,
            read: |app| app.base_directory.as_ref(),
        },
    ),
    Member::for_applications(
        "publishDirectory",
        Has::Built,
        |patch| patch.publish_directory.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.publish_directory,
            read: |app| app.publish_directory.as_ref(),
        },
    ),
    Member::for_applications(
        "dockerfileLocation",
        Has::Built,
        |patch| patch.dockerfile_location.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.dockerfile_location,
            read: |app| app.dockerfile_location.as_ref(),
        },
    ),
    Member::for_applications(
        "dockerComposeLocation",
        Has::Built,
        |patch| patch.docker_compose_location.as_ref(),
        &Restricted {
            slot: |patch| &mut patch.docker_compose_location,
            read: |app| app.docker_compose_location.as_ref(),
        },
    ),
    Member::for_applications("image", Has::Images, |patch| patch.image.as_ref(), &ImageName),
    Member {
        name: "composeRaw",
        has: Has::Composed,
        effective: Effective::Deployed,
        text: |patch| patch.compose_raw.as_ref(),
        application: None,
        service: None,
    },
];

/// The names that Coolify uses for members, and the members. snake_case is accepted for every member.
pub(super) const SPELLINGS: &[(&str, &str)] = &[
    ("gitBranch", "branch"),
    ("gitCommitSha", "commit"),
    ("gitCommit", "commit"),
    ("commitSha", "commit"),
    ("portsExposes", "ports"),
    ("dockerfilePath", "dockerfileLocation"),
    ("dockerRegistryImage", "image"),
    ("dockerComposeRaw", "composeRaw"),
];

/// A text for people, which may contain anything.
struct FreeText<Patch, Resource> {
    slot: fn(&mut Patch) -> &mut Option<String>,
    read: fn(&Resource) -> Option<&String>,
}

/// Such a text of an application.
type ApplicationText = FreeText<ApplicationPatch, Application>;

/// Such a text of a compose service.
type ServiceText = FreeText<ServicePatch, Service>;

/// A text that Coolify puts into a shell, which the type of the patch's field restricts.
struct Restricted<T> {
    slot: fn(&mut ApplicationPatch) -> &mut Option<T>,
    read: fn(&Application) -> Option<&String>,
}

/// The commit that an application stays on.
struct PinnedCommit;

/// The image that an application runs.
struct ImageName;

impl<Patch, Resource> Column<Patch, Resource> for FreeText<Patch, Resource> {
    fn write(&self, patch: &mut Patch, _: &str, text: &str) -> Result<(), Failure> {
        *(self.slot)(patch) = Some(text.to_owned());
        Ok(())
    }

    fn keeps(&self, resource: &Resource, text: &str) -> bool {
        is_same_text((self.read)(resource), text)
    }
}

impl<T: ShellText> Column<ApplicationPatch, Application> for Restricted<T> {
    fn write(
        &self,
        patch: &mut ApplicationPatch,
        parameter: &str,
        text: &str,
    ) -> Result<(), Failure> {
        *(self.slot)(patch) = Some(resource_names::shell_text(parameter, text)?);
        Ok(())
    }

    fn keeps(&self, app: &Application, text: &str) -> bool {
        is_same_text((self.read)(app), text)
    }
}

impl Column<ApplicationPatch, Application> for PinnedCommit {
    fn write(&self, _: &mut ApplicationPatch, parameter: &str, text: &str) -> Result<(), Failure> {
        // Only checked here: the commit that was judged is the one that is written.
        resource_names::shell_text::<CommitSha>(parameter, text).map(drop)
    }

    fn keeps(&self, app: &Application, text: &str) -> bool {
        match text {
            CommitSha::HEAD => app.follows_branch(),
            text => is_same_text(app.git_commit_sha.as_ref(), text),
        }
    }
}

impl Column<ApplicationPatch, Application> for ImageName {
    fn write(
        &self,
        patch: &mut ApplicationPatch,
        parameter: &str,
        text: &str,
    ) -> Result<(), Failure> {
        let examples = "nginx:1.27, ghcr.io/org/app:2.0";
        patch.image = Some(resource_names::image(&format!("`{parameter}`"), examples, text)?);
        Ok(())
    }

    fn keeps(&self, app: &Application, text: &str) -> bool {
        app.image().is_some_and(|present| is_image(&present, text))
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
