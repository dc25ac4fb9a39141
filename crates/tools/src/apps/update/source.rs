//! Which members an app has, by what it is made of.

use super::table::{AppPatch, Has, Member};
use crate::patch::Fates;

/// What an app is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A repository, from which it is built.
    Repository,
    /// An image that was built elsewhere.
    Image,
    /// A compose file.
    Compose,
}

impl Has {
    /// Why an app of this source does not have the member; `None` where it has it.
    const fn why_not(self, source: Source) -> Option<&'static str> {
        match (self, source) {
            (Self::All, _)
            | (Self::Applications, Source::Repository | Source::Image)
            | (Self::Built, Source::Repository)
            | (Self::Images, Source::Image)
            | (Self::Composed, Source::Compose) => None,
            (Self::Built, Source::Image) => Some("the app runs an image, which is built already"),
            (Self::Images, Source::Repository) => {
                Some("the app is built from its repo: create another one")
            }
            (Self::Composed, _) => Some("only for apps made of composeRaw"),
            (Self::Images, Source::Compose) => {
                Some("a compose app has its images in its file: change composeRaw")
            }
            (Self::Applications | Self::Built, Source::Compose) => {
                Some("a compose app has it in its file: change composeRaw")
            }
        }
    }
}

/// The members of a patch that an app of this source has; the others are reported as ignored.
pub(super) fn taken<'a>(
    patch: &'a AppPatch,
    source: Source,
    fates: &mut Fates,
) -> Vec<(&'static Member, &'a str)> {
    let mut taken = Vec::new();
    for (member, text) in patch.given() {
        match member.has.why_not(source) {
            Some(reason) => fates.ignored(member.name, reason),
            None => taken.push((member, text)),
        }
    }
    taken
}
