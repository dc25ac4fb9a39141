//! Coolify's version.

use std::fmt;
use std::str::FromStr;

use crate::client::Client;
use covibe_domain::boxed;
use covibe_upstream::Error;

/// A release of Coolify, ordered by age; a beta comes before its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stage {
    Beta(u32),
    /// A candidate, a nightly, or any other suffix after a hyphen.
    Other,
    Release,
}

/// A text that is not a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadableVersion;

impl fmt::Display for UnreadableVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a version: expected three numbers, such as 4.3.11 or 4.0.0-beta.473")
    }
}

impl std::error::Error for UnreadableVersion {}

/// The oldest beta that accepts all members that this client sends: `urls` and
/// `force_domain_override` of services and `dockerfile_location` at creation appeared in it (read
/// from Coolify's source; tested with 473).
const OLDEST_BETA: u32 = 461;

/// The degree to which this client works with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It refuses members of requests that this client always sends.
    TooOld,
    /// It is one that this client was tested with, or lies between such versions.
    Supported,
    /// It is newer, or not a release: it may work.
    Untested,
}

impl Version {
    /// Returns the number of the beta; `None` for other releases.
    pub const fn beta(&self) -> Option<u32> {
        match self.stage {
            Stage::Beta(number) => Some(number),
            Stage::Other | Stage::Release => None,
        }
    }

    /// The oldest version that this client works with.
    pub const OLDEST: Self = Self { major: 4, minor: 0, patch: 0, stage: Stage::Beta(OLDEST_BETA) };

    /// Returns whether it builds the commit that an application names. Before 4.2, it replaces that by
    /// the newest commit of the branch when a deployment begins, and has no switches for Git LFS,
    /// submodules and previews in its API (read from 4.0.0-beta.473, 4.1.2 and 4.2.0).
    pub fn builds_named_commits(&self) -> bool {
        *self >= Self { major: 4, minor: 2, patch: 0, stage: Stage::Release }
    }

    /// Returns whether its API sets the restart limit of an application (read from 4.3.11). Without that,
    /// each application keeps Coolify's own limit, if the release has one.
    pub fn sets_restart_limit(&self) -> bool {
        *self >= Self { major: 4, minor: 3, patch: 0, stage: Stage::Release }
    }

    /// Returns whether its API creates destinations (read from 4.3.11).
    pub fn creates_destinations(&self) -> bool {
        *self >= Self { major: 4, minor: 3, patch: 0, stage: Stage::Release }
    }

    /// Returns whether this client works with it: from [`Self::OLDEST`] to 4.3.
    pub fn support(&self) -> Support {
        match (self.major, self.minor, self.stage) {
            _ if *self < Self::OLDEST => Support::TooOld,
            (4, 0, Stage::Beta(_)) | (4, 0..=3, Stage::Release) => Support::Supported,
            _ => Support::Untested,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        match self.stage {
            Stage::Beta(number) => write!(f, "-beta.{number}"),
            // The suffix itself is not kept.
            Stage::Other => f.write_str("-other"),
            Stage::Release => Ok(()),
        }
    }
}

impl FromStr for Version {
    type Err = UnreadableVersion;

    fn from_str(text: &str) -> Result<Self, UnreadableVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (numbers, stage) = match text.split_once('-') {
            Some((numbers, stage)) => (numbers, stage_of(stage)),
            None => (text, Stage::Release),
        };
        let mut numbers = numbers.split('.').map(number);
        let mut next = || numbers.next().flatten().ok_or(UnreadableVersion);
        let version = Self { major: next()?, minor: next()?, patch: next()?, stage };
        if numbers.next().is_some() { Err(UnreadableVersion) } else { Ok(version) }
    }
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn stage_of(text: &str) -> Stage {
    text.strip_prefix("beta.").and_then(number).map_or(Stage::Other, Stage::Beta)
}

impl Client {
    /// Returns the parsed version; fails as malformed where the text is not a version, such as a
    /// branch's name.
    #[boxed]
    pub async fn probed(&self) -> Result<Version, Error> {
        let (text, unreadable) = self.version_text().await?;
        text.parse().map_err(|UnreadableVersion| unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_classified_as_too_old_supported_or_untested() {
        for (text, expected) in [
            ("3.12.36", Support::TooOld),
            ("4.0.0-beta.460", Support::TooOld),
            ("4.0.0-beta.461", Support::Supported),
            ("4.0.0-beta.473", Support::Supported),
            ("4.0.0", Support::Supported),
            ("4.1.2", Support::Supported),
            ("v4.3.11", Support::Supported),
            ("4.4.0", Support::Untested),
            ("4.4.0-rc.1", Support::Untested),
            ("4.3.0-beta.1x", Support::Untested),
            ("5.0.0", Support::Untested),
        ] {
            assert_eq!(version(text).support(), expected, "{text}");
        }
        assert_eq!(Version::OLDEST.to_string(), "4.0.0-beta.461");
    }

    #[test]
    fn texts_that_are_not_versions_are_unreadable() {
        for text in
            ["", "4", "4.3", "4.3.x", "4.3.11.1", "+4.3.11", "next", "4..1", "4.3.4294967296"]
        {
            assert_eq!(text.parse::<Version>(), Err(UnreadableVersion), "{text}");
        }
    }

    #[test]
    fn named_commits_are_built_from_4_2_on() {
        for (text, builds) in
            [("4.0.0-beta.473", false), ("4.1.2", false), ("4.2.0", true), ("4.3.11", true)]
        {
            assert_eq!(version(text).builds_named_commits(), builds, "{text}");
        }
    }

    #[test]
    fn the_restart_limit_is_set_and_destinations_are_created_from_4_3_on() {
        for (text, sets) in
            [("4.0.0-beta.473", false), ("4.2.0", false), ("4.3.0", true), ("4.3.11", true)]
        {
            assert_eq!(version(text).sets_restart_limit(), sets, "{text}");
            assert_eq!(version(text).creates_destinations(), sets, "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_from_betas_to_later_releases() {
        let texts = ["4.0.0-beta.99", "4.0.0-beta.473", "4.0.0", "4.1.2", "4.3.2", "4.3.11"];
        assert!(texts.map(version).is_sorted());
        assert_eq!(version("4.0.0-beta.473").beta(), Some(473));
        assert_eq!(version("4.3.11").beta(), None);
    }
}
