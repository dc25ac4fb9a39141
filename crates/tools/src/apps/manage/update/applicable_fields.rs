//! The fields of a patch that apply to an app, by its source.

use super::patch_parameter::AppPatch;
use super::text_fields::{Has, Member};
use crate::patch_outcome::PatchOutcome;

/// The source of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppSource {
    /// A repository, from which it is built.
    Repository,
    /// A published image.
    Image,
    /// A compose file.
    Compose,
}

impl Has {
    /// Returns the reason why an app of this source does not have the member; `None` if it has it.
    const fn why_not(self, source: AppSource) -> Option<&'static str> {
        match (self, source) {
            (Self::All, _)
            | (Self::Applications, AppSource::Repository | AppSource::Image)
            | (Self::Built, AppSource::Repository)
            | (Self::Images, AppSource::Image)
            | (Self::Composed, AppSource::Compose) => None,
            (Self::Built, AppSource::Image) => {
                Some("the app runs an image, which is already built")
            }
            (Self::Images, AppSource::Repository) => {
                Some("the app is built from its repo: create another app")
            }
            (Self::Composed, _) => Some("only for apps created from `composeRaw`"),
            (Self::Images, AppSource::Compose) => {
                Some("a compose app sets its images in its file: change `composeRaw`")
            }
            (Self::Applications | Self::Built, AppSource::Compose) => {
                Some("a compose app sets it in its file: change `composeRaw`")
            }
        }
    }
}

/// Returns the members of a patch that an app of this source has. The others are reported as ignored.
pub(super) fn applicable<'a>(
    patch: &'a AppPatch,
    source: AppSource,
    fates: &mut PatchOutcome,
) -> Vec<(&'static Member, &'a str)> {
    let mut applicable = Vec::new();
    for (member, text) in patch.given_members() {
        match member.has.why_not(source) {
            Some(reason) => fates.add_ignored(member.name, reason),
            None => applicable.push((member, text)),
        }
    }
    applicable
}
