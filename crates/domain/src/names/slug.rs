//! Workspace slugs. Their rules keep names that are derived from different slugs apart.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A workspace's slug: 3 to 32 characters, `^[a-z][a-z0-9-]{1,30}[a-z0-9]$`.
///
/// It does not contain `--`, end with `-bot`, start with `vibn-` or equal a reserved word. Otherwise the
/// organisation of the slug `a-bot` and the bot of the slug `vibn-a` would both be `vibn-a-bot`, and
/// Gitea has one namespace for both. A copy shares the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Slug(Arc<str>);

/// Why a text is not a valid slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSlug {
    /// The length or the alphabet is wrong.
    #[error(
        "a workspace slug must have 3 to 32 characters from a-z, 0-9 and single hyphens, start \
         with a letter and end with a letter or digit"
    )]
    Form,
    /// It looks like a name that is derived from another slug.
    #[error("a workspace slug can't start with vibn- or end with -bot")]
    Collides,
    /// It is one of our own hosts or paths.
    #[error("this workspace slug is reserved")]
    Reserved,
}

/// Names with a meaning below our domains or on our upstreams.
const RESERVED: [&str; 29] = [
    "admin",
    "api",
    "app",
    "apps",
    "assets",
    "auth",
    "bots",
    "callback",
    "co-vibe",
    "console",
    "coolify",
    "covibe",
    "docs",
    "downloads",
    "git",
    "gitea",
    "health",
    "mail",
    "mcp",
    "root",
    "settings",
    "setup",
    "static",
    "status",
    "support",
    "system",
    "traefik",
    "vibnai",
    "www",
];

impl Slug {
    /// Returns the slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn has_form(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (3..=32).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|b| alphanumeric(b) || *b == b'-')
        && !text.contains("--")
}

impl TryFrom<String> for Slug {
    type Error = InvalidSlug;

    fn try_from(text: String) -> Result<Self, InvalidSlug> {
        if !has_form(&text) {
            return Err(InvalidSlug::Form);
        }
        if text.starts_with("vibn-") || text.ends_with("-bot") {
            return Err(InvalidSlug::Collides);
        }
        if RESERVED.contains(&text.as_str()) {
            return Err(InvalidSlug::Reserved);
        }
        Ok(Self(text.into()))
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names;

    #[test]
    fn rejects_slugs_that_could_collide() {
        for good in ["mark", "a1b", "justine-2"] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        let form = ["ab", "1ab", "a-", "a--b", "Mark", "a.b", "ä-b", ""];
        assert!(form.iter().all(|bad| bad.parse::<Slug>() == Err(InvalidSlug::Form)));
        assert_eq!("vibn-a".parse::<Slug>(), Err(InvalidSlug::Collides));
        assert_eq!("a-bot".parse::<Slug>(), Err(InvalidSlug::Collides));
        assert_eq!("git".parse::<Slug>(), Err(InvalidSlug::Reserved));
    }

    proptest! {
        #[test]
        fn derives_different_gitea_names_from_different_slugs(a in "[a-z][a-z0-9-]{1,12}", b in "(vibn-)?[a-z][a-z0-9-]{1,12}(-bot)?") {
            if let (Ok(a), Ok(b)) = (a.parse::<Slug>(), b.parse::<Slug>()) {
                prop_assert_ne!(names::gitea_org(&a), names::gitea_bot(&b));
                prop_assert!(a == b || names::gitea_org(&a) != names::gitea_org(&b));
            }
        }
    }
}
