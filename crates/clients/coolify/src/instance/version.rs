//! Coolify's version.

use std::fmt;
use std::str::FromStr;

use crate::client::Client;
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
    /// A candidate, a nightly, or whatever else follows a hyphen.
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

/// The oldest beta that this client supports; it is tested with 473.
const OLDEST_BETA: u32 = 400;

impl Version {
    /// Returns the number of the beta; `None` for other releases.
    pub const fn beta(&self) -> Option<u32> {
        match self.stage {
            Stage::Beta(number) => Some(number),
            Stage::Other | Stage::Release => None,
        }
    }

    /// Returns whether this client supports it: 4.0.0-beta.4xx, and the releases 4.0 to 4.3.
    pub const fn known(&self) -> bool {
        match (self.major, self.minor, self.stage) {
            (4, 0, Stage::Beta(number)) => number >= OLDEST_BETA,
            (4, 0..=3, Stage::Release) => true,
            _ => false,
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
    fn releases_are_known_or_not() {
        for text in ["4.0.0-beta.473", "4.0.0-beta.400", "4.0.0", "4.1.2", "4.2.0", "v4.3.11"] {
            assert!(version(text).known(), "{text}");
        }
        for text in ["4.0.0-beta.399", "4.4.0", "4.4.0-rc.1", "4.3.0-beta.1x", "5.0.0", "3.12.36"] {
            assert!(!version(text).known(), "{text}");
        }
    }

    #[test]
    fn what_is_no_version_is_told() {
        for text in
            ["", "4", "4.3", "4.3.x", "4.3.11.1", "+4.3.11", "next", "4..1", "4.3.4294967296"]
        {
            assert_eq!(text.parse::<Version>(), Err(UnreadableVersion), "{text}");
        }
    }

    #[test]
    fn releases_have_an_order() {
        let texts = ["4.0.0-beta.99", "4.0.0-beta.473", "4.0.0", "4.1.2", "4.3.2", "4.3.11"];
        assert!(texts.map(version).is_sorted());
        assert_eq!(version("4.0.0-beta.473").beta(), Some(473));
        assert_eq!(version("4.3.11").beta(), None);
    }
}
