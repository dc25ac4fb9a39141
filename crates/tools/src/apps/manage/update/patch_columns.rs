//! The ways in which fields of an app are written into Coolify's patches, and compared with what is read back.

use covibe_coolify::{Application, ApplicationPatch, Service, ServicePatch};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::CommitSha;

use crate::resource_names::{self, ShellText};

/// The way in which a member is written to one kind of resource, and compared with what is read back.
pub(super) trait Column<Patch, Resource>: Sync {
    /// Writes a text into the patch. `parameter` is the parameter's name in messages.
    fn write(&self, patch: &mut Patch, parameter: &str, text: &str) -> Result<(), Failure>;

    /// Returns whether Coolify kept the text.
    fn keeps(&self, resource: &Resource, text: &str) -> bool;
}

/// The way for applications.
pub(super) type ApplicationColumn = dyn Column<ApplicationPatch, Application>;

/// The way for compose services.
pub(super) type ServiceColumn = dyn Column<ServicePatch, Service>;

/// A text for people, which may contain anything.
pub(super) struct FreeText<Patch, Resource> {
    pub(super) slot: fn(&mut Patch) -> &mut Option<String>,
    pub(super) read: fn(&Resource) -> Option<&String>,
}

/// Such a text of an application.
pub(super) type ApplicationText = FreeText<ApplicationPatch, Application>;

/// Such a text of a compose service.
pub(super) type ServiceText = FreeText<ServicePatch, Service>;

/// A text that Coolify puts into a shell, which the type of the patch's field restricts.
pub(super) struct Restricted<T> {
    pub(super) slot: fn(&mut ApplicationPatch) -> &mut Option<T>,
    pub(super) read: fn(&Application) -> Option<&String>,
}

/// The commit that an application stays on.
pub(super) struct PinnedCommit;

/// The image that an application runs.
pub(super) struct ImageName;

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
pub(super) fn is_image(present: &str, wanted: &str) -> bool {
    match (present.parse::<Image>(), wanted.parse()) {
        (Ok(present), Ok(wanted)) => present.is_same_as(&wanted),
        _ => false,
    }
}
