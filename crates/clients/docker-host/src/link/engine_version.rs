//! An engine's versions, and the version of its API that this client speaks.

use serde::Deserialize;

use crate::error::{Error, Result};

/// The version of the API that we were written for, that of Docker 25. An older engine gets its own
/// (Debian 12 has Docker 20.10 with 1.41); one that has dropped this gets its oldest.
const OURS: (u16, u16) = (1, 44);

/// An engine's versions.
#[derive(Clone, Debug)]
pub(crate) struct Greeting {
    pub(crate) engine: String,
    pub(crate) api: String,
    /// The prefix of every path, such as `/v1.44`.
    pub(crate) prefix: String,
}

/// Docker's answer to `GET /version`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wire {
    version: String,
    api_version: String,
    #[serde(default, rename = "MinAPIVersion")]
    min_api_version: Option<String>,
}

impl TryFrom<Wire> for Greeting {
    type Error = Error;

    fn try_from(wire: Wire) -> Result<Self> {
        let newest = number(&wire.api_version).ok_or(Error::Malformed)?;
        let oldest = wire.min_api_version.as_deref().and_then(number).unwrap_or((1, 24));
        let (major, minor) = OURS.min(newest).max(oldest);
        Ok(Self {
            engine: safe_version(&wire.version),
            api: format!("{}.{}", newest.0, newest.1),
            prefix: format!("/v{major}.{minor}"),
        })
    }
}

fn number(version: &str) -> Option<(u16, u16)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The part of a version that is safe to show.
fn safe_version(version: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || ".+-~_".contains(*c);
    version.chars().filter(allowed).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(newest: &str, oldest: Option<&str>) -> Result<String> {
        let (api_version, min_api_version) = (newest.to_owned(), oldest.map(str::to_owned));
        let wire = Wire { version: "28.5.1".to_owned(), api_version, min_api_version };
        Greeting::try_from(wire).map(|greeting| greeting.prefix)
    }

    #[test]
    fn an_api_version_that_the_engine_supports_is_chosen() {
        let of = |newest, oldest| prefix(newest, oldest).unwrap();
        assert_eq!(of("1.41", Some("1.12")), "/v1.41");
        assert_eq!(of("1.51", Some("1.24")), "/v1.44");
        assert_eq!(of("1.60", Some("1.50")), "/v1.50");
        assert_eq!(of("1.43", None), "/v1.43");
        assert_eq!(prefix("latest", None), Err(Error::Malformed));
    }
}
