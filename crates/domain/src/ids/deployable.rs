//! Resources whose deployment or start takes one of Coolify's workers.

use crate::{AppUuid, DatabaseUuid, HostedUuid, ServiceUuid};

/// A resource that is deployed or started.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Deployable {
    /// An application, which is built or runs an image.
    Application(AppUuid),
    /// A compose app or an auth provider.
    Service(ServiceUuid),
    /// A database.
    Database(DatabaseUuid),
}

impl Deployable {
    /// Returns the resource of a kind as [`Deployable::kind`] names it; `None` for others and malformed uuids.
    pub fn parse(kind: &str, uuid: &str) -> Option<Self> {
        match kind {
            "application" => uuid.parse().ok().map(Self::Application),
            "service" => uuid.parse().ok().map(Self::Service),
            "database" => uuid.parse().ok().map(Self::Database),
            _ => None,
        }
    }

    /// Returns the word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Application(_) => "application",
            Self::Service(_) => "service",
            Self::Database(_) => "database",
        }
    }

    /// Returns its uuid.
    pub fn uuid(&self) -> HostedUuid {
        match self {
            Self::Application(uuid) => uuid.into(),
            Self::Service(uuid) => (&AppUuid::from(uuid)).into(),
            Self::Database(uuid) => uuid.into(),
        }
    }

    /// Returns whether its deployment takes one of the places for builds of a server.
    pub const fn takes_build_place(&self) -> bool {
        matches!(self, Self::Application(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_kind_and_a_uuid() {
        let uuid = "zg4cwgc44ogc08804000gggo";
        for kind in ["application", "service", "database"] {
            let parsed = Deployable::parse(kind, uuid).unwrap();
            assert_eq!((parsed.kind(), parsed.uuid().as_str()), (kind, uuid));
            assert_eq!(parsed.takes_build_place(), kind == "application");
        }
        assert_eq!(Deployable::parse("stack", uuid), None);
        assert_eq!(Deployable::parse("database", "../x"), None);
    }
}
