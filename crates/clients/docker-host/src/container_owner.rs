//! Ownership of containers: by the label that compose sets *and* by the names that Coolify gives.

use std::fmt;

use covibe_docker_gate_core::resource_names::uuid_of_container;
use covibe_domain::has_uuid_form;

use crate::error::{Error, Result};

/// The label with the resource's uuid. `docker compose` overrides an image's value for it (Coolify
/// 4.3, compose 2.40); no other label of Coolify's is safe from images.
pub(crate) const PROJECT: &str = "com.docker.compose.project";

/// The label with the compose service's name.
pub(crate) const SERVICE: &str = "com.docker.compose.service";

/// The label with the name of Coolify's project. Coolify sets it itself (4.0 to 4.3), but it is
/// only a hint: the contents of the project decide.
pub(crate) const PROJECT_NAME: &str = "coolify.projectName";

/// The id of a container, as the engine gave it: 64 hexadecimal digits, unique among containers. It
/// can't be made from a name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerId(String);

impl ContainerId {
    /// Takes an id from an answer of the engine.
    pub(crate) fn from_answer(id: String) -> Result<Self> {
        if is_id(&id) { Ok(Self(id)) } else { Err(Error::Malformed) }
    }

    /// Returns the 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContainerId({:.12})", self.0)
    }
}

/// Fails for a text without the form of a resource's uuid, before it becomes part of a filter.
pub(crate) fn checked_uuid(uuid: &str) -> Result<&str> {
    has_uuid_form(uuid)
        .then_some(uuid)
        .ok_or(Error::Invalid("the uuid of a resource must have 24 characters from a-z and 0-9"))
}

/// Returns whether Coolify gives this name to a container of the resource. The gate decides by the same rule.
pub(crate) fn is_name_of(uuid: &str, name: &str) -> bool {
    uuid_of_container(name) == Some(uuid)
}

/// Returns whether a volume's name holds the uuid as a word: `{uuid}_my-data`, `postgres-data-{uuid}`.
pub(crate) fn holds(name: &str, uuid: &str) -> bool {
    name.split(['-', '_', '.']).any(|word| word == uuid)
}

/// Returns whether Docker made up the name of a volume: 64 hexadecimal digits.
pub fn is_anonymous_volume(name: &str) -> bool {
    is_id(name)
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "a1b2c3d4e5f6g7h8i9j0k1l2";

    #[test]
    fn recognizes_container_names_that_coolify_assigns() {
        for name in ["", "-093045123456", "-0"] {
            assert!(is_name_of(UUID, &format!("{UUID}{name}")), "{name}");
        }
        for service in ["web", "my_db", "Up.Loads-2", "web-1"] {
            assert!(is_name_of(UUID, &format!("{service}-{UUID}")), "{service}");
            assert!(is_name_of(UUID, &format!("{service}-{UUID}-093045123456")), "{service}");
        }
    }

    #[test]
    fn refuses_container_names_that_only_resemble_a_resources() {
        for name in [
            "{}-pr-7",
            "{}-proxy",
            "{}-",
            "{}-1a",
            "{}x",
            "x{}",
            "-{}",
            "_x-{}",
            "web-{}-1a",
            "web-{}-",
            "web-{}-pr-7",
            "web-{}-proxy",
            "{}-z1b2c3d4e5f6g7h8i9j0k1l2-093045123456",
            "a b-{}",
            "web_{}",
            "{}{}",
            "",
            "web",
            "{}/x",
            "é-{}",
        ] {
            assert!(!is_name_of(UUID, &name.replace("{}", UUID)), "{name}");
        }
    }

    #[test]
    fn a_volume_name_must_contain_the_uuid_as_a_whole_word() {
        for name in ["{}", "{}_my-data", "postgres-data-{}", "{}.x"] {
            assert!(holds(&name.replace("{}", UUID), UUID), "{name}");
        }
        for name in ["x{}", "{}x", "data", "", "{}{}"] {
            assert!(!holds(&name.replace("{}", UUID), UUID), "{name}");
        }
    }

    #[test]
    fn only_64_hexadecimal_digits_are_accepted_as_a_container_id() {
        assert!(ContainerId::from_answer("0a".repeat(32)).is_ok());
        for id in ["", "coolify-db", &"0A".repeat(32), &"0a".repeat(31), &"../".repeat(21)] {
            assert_eq!(ContainerId::from_answer(id.to_owned()), Err(Error::Malformed), "{id}");
            assert!(!is_anonymous_volume(id), "{id}");
        }
    }
}
