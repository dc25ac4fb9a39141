//! The settings of an application in Coolify's answers: its build pack, its switches, the domains of its compose file
//! and its volumes.

use covibe_domain::{StorageUuid, entities};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::answer_reading;

/// A build pack in Coolify's answers; [`entities::BuildPack`] has those that callers can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildPack {
    /// Finds out by itself how to build.
    Nixpacks,
    /// Files behind a web server.
    Static,
    /// By its Dockerfile.
    Dockerfile,
    /// By its compose file.
    Dockercompose,
    /// None: it runs an image that was built elsewhere.
    Dockerimage,
    /// The successor of nixpacks (4.2 and later).
    Railpack,
    /// A build pack that this release does not know, in Coolify's word.
    Other(String),
}

impl BuildPack {
    fn parse(word: &str) -> Self {
        match word {
            "nixpacks" => Self::Nixpacks,
            "static" => Self::Static,
            "dockerfile" => Self::Dockerfile,
            "dockercompose" => Self::Dockercompose,
            "dockerimage" => Self::Dockerimage,
            "railpack" => Self::Railpack,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Returns Coolify's word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Nixpacks => "nixpacks",
            Self::Static => "static",
            Self::Dockerfile => "dockerfile",
            Self::Dockercompose => "dockercompose",
            Self::Dockerimage => "dockerimage",
            Self::Railpack => "railpack",
            Self::Other(word) => word,
        }
    }
}

impl From<entities::BuildPack> for BuildPack {
    fn from(asked: entities::BuildPack) -> Self {
        match asked {
            entities::BuildPack::Nixpacks => Self::Nixpacks,
            entities::BuildPack::Static => Self::Static,
            entities::BuildPack::Dockerfile => Self::Dockerfile,
            entities::BuildPack::Dockercompose => Self::Dockercompose,
        }
    }
}

/// Switches of an application that decide what starts a deployment, what it reads beside its commit, and the network of
/// its containers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "an application's switches are independent")]
pub(crate) struct Switches {
    #[serde(default, rename = "is_auto_deploy_enabled", deserialize_with = "answer_reading::flag")]
    pub(crate) auto_deploy: bool,
    #[serde(
        default,
        rename = "is_git_submodules_enabled",
        deserialize_with = "answer_reading::flag"
    )]
    pub(crate) submodules: bool,
    #[serde(default, rename = "is_git_lfs_enabled", deserialize_with = "answer_reading::flag")]
    pub(crate) lfs: bool,
    #[serde(
        default,
        rename = "is_preview_deployments_enabled",
        deserialize_with = "answer_reading::flag"
    )]
    pub(crate) previews: bool,
    #[serde(
        default,
        rename = "connect_to_docker_network",
        deserialize_with = "answer_reading::flag"
    )]
    pub(crate) connects: bool,
}

/// A docker volume that an application's container mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Coolify's id of the mount.
    pub uuid: StorageUuid,
    /// Its name within the application; docker's has the application's id in front of it.
    pub name: String,
    /// The path in the container.
    pub mount_path: String,
}

/// Reads a build pack, where there is one.
pub(super) fn optional_build_pack<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BuildPack>, D::Error> {
    Ok(answer_reading::text(deserializer)?.as_deref().map(BuildPack::parse))
}

/// Returns each service with its URLs, from a JSON object or a text that holds one.
pub(super) fn compose_domains(written: Option<&Value>) -> Vec<(String, Vec<String>)> {
    let parsed = match written {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(value) => value.clone(),
        None => Value::Null,
    };
    let Value::Object(services) = parsed else { return Vec::new() };
    let urls =
        |service: &Value| answer_reading::urls(service["domain"].as_str().unwrap_or_default());
    services.iter().map(|(name, service)| (name.clone(), urls(service))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_build_packs_keep_their_names() {
        for word in
            ["nixpacks", "static", "dockerfile", "dockercompose", "dockerimage", "railpack", "new"]
        {
            assert_eq!(BuildPack::parse(word).as_str(), word);
        }
        assert_eq!(BuildPack::parse("new"), BuildPack::Other("new".to_owned()));
        for asked in entities::BuildPack::ALL {
            assert_eq!(BuildPack::from(*asked).as_str(), asked.as_str());
        }
    }
}
