//! The build pack with which Coolify builds an application's image.

use covibe_domain::entities;
use serde::Deserializer;

use crate::wire;

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

/// Reads a build pack, where there is one.
pub(crate) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BuildPack>, D::Error> {
    Ok(wire::text(deserializer)?.as_deref().map(BuildPack::parse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_every_word() {
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
