//! Gitea's and Forgejo's versions.

use std::fmt;

/// The software of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// Gitea.
    Gitea,
    /// Forgejo, which puts the Gitea release that it is compatible with after its own:
    /// `11.0.1+gitea-1.22.0`.
    Forgejo,
}

/// A release of Gitea or Forgejo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The software.
    pub flavor: Flavor,
    /// The first three numbers.
    pub numbers: [u32; 3],
}

impl Version {
    /// Reads a version's text; `None` if it is not a version, such as a branch's name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_forgejo = text.contains("+gitea-");
        let flavor = if is_forgejo { Flavor::Forgejo } else { Flavor::Gitea };
        let text = text.strip_prefix('v').unwrap_or(text);
        let release = text.split(['+', '-']).next().unwrap_or_default();
        let mut numbers = release.split('.').map(|part| part.parse().ok());
        let mut next = || numbers.next().unwrap_or(Some(0));
        let numbers = [next()?, next()?, next()?];
        (numbers[0] > 0).then_some(Self { flavor, numbers })
    }

    /// Returns whether this client works with it: from Gitea 1.21.0 and Forgejo 7 on. Up to Gitea
    /// 1.20, creating a token for a user creates one for the administrator.
    pub fn is_supported(self) -> bool {
        self.numbers >= self.flavor.oldest()
    }

    /// Returns whether it has no known hole through which tenants could reach each other; see
    /// [`Flavor::oldest_safe`].
    pub fn is_safe(self) -> bool {
        self.numbers >= self.flavor.oldest_safe()
    }
}

impl Flavor {
    /// Returns the oldest release without a known hole: before Gitea 1.25.4, locks of LFS objects and
    /// attachments of other repositories could be deleted; before Forgejo 15.0.2 too, and tokens could
    /// do more than their scopes say outside of the API.
    pub const fn oldest_safe(self) -> [u32; 3] {
        match self {
            Self::Gitea => [1, 25, 4],
            Self::Forgejo => [15, 0, 2],
        }
    }

    /// Returns the oldest release that this client works with.
    pub const fn oldest(self) -> [u32; 3] {
        match self {
            Self::Gitea => [1, 21, 0],
            Self::Forgejo => [7, 0, 0],
        }
    }
}

impl fmt::Display for Flavor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gitea => "Gitea",
            Self::Forgejo => "Forgejo",
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{} {major}.{minor}.{patch}", self.flavor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_of_gitea_and_forgejo_are_distinguished() {
        for (text, shown, supported) in [
            ("1.25.2", "Gitea 1.25.2", true),
            ("1.21.0", "Gitea 1.21.0", true),
            ("1.20.6", "Gitea 1.20.6", false),
            ("1.26.0+dev-12-gabc", "Gitea 1.26.0", true),
            ("v1.22.0-rc1", "Gitea 1.22.0", true),
            ("11.0.1+gitea-1.22.0", "Forgejo 11.0.1", true),
            ("7.0.0+gitea-1.21.11", "Forgejo 7.0.0", true),
            ("6.0.1+gitea-1.21.5", "Forgejo 6.0.1", false),
        ] {
            let version = Version::parse(text).expect(text);
            assert_eq!((version.to_string().as_str(), version.is_supported()), (shown, supported));
        }
        for text in ["", "main", "1.x.2", "development"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
