//! The fields of an app that are texts, in one table.
//!
//! A row contains the member's name, the apps that have it, the moment when it takes effect, and the ways in which it is
//! written into Coolify's patch and read back. The checks, the changes and the report are derived from the rows.

use covibe_coolify::ApplicationPatch;
use covibe_domain::Failure;

use super::patch_columns::{
    ApplicationColumn, ApplicationText, ImageName, PinnedCommit, Restricted, ServiceColumn,
    ServiceText,
};
use super::patch_parameter::AppPatch;
use crate::apps::manage::runtime_settings;

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
    /// The way for compose services, if they have it. `compose_app.rs` handles the compose file itself.
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

impl AppPatch {
    /// Returns the members in the patch with their texts, in the order of the table.
    pub(super) fn given_members(&self) -> impl Iterator<Item = (&'static Member, &str)> {
        MEMBERS.iter().filter_map(|member| Some((member, member.text(self)?)))
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
            Some(column) => column.write(&mut scratch, &member.parameter_name(), text),
            None => Ok(()),
        })
    }
}

#[cfg(test)]
mod tests;
