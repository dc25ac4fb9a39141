//! The team's projects, SSH keys, server and destinations.

use covibe_domain::Timestamp;

use crate::coolify::json_values::random_uuid;
use crate::core::clock::timestamp;

/// The server's numeric id.
pub(crate) const SERVER_ID: i64 = 0;

/// The numeric id of the server's first destination.
pub(crate) const DESTINATION_ID: i64 = 0;

/// The uuid of that destination.
pub const DESTINATION: &str = "c00lifyc00lifyc00lifyc00";

/// The server's name.
pub(crate) const SERVER_NAME: &str = "localhost";

/// A project. Its name need not be unique.
pub(crate) struct Project {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) environments: Vec<Environment>,
}

impl Project {
    /// Returns the environment with that name or else that uuid.
    pub(crate) fn environment(
        &self,
        name: Option<&str>,
        uuid: Option<&str>,
    ) -> Option<&Environment> {
        let named = self.environments.iter().find(|one| Some(one.name.as_str()) == name);
        named.or_else(|| self.environments.iter().find(|one| Some(one.uuid.as_str()) == uuid))
    }
}

/// An environment of a project.
pub(crate) struct Environment {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
}

/// An SSH key of the team.
pub(crate) struct PrivateKey {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) secret: String,
    pub(crate) public: String,
    pub(crate) fingerprint: String,
    pub(crate) created: Timestamp,
}

/// The limits of the deployments on the server, which its operator may change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServerLimits {
    /// The maximum number in progress at once: `concurrent_builds`.
    pub(crate) concurrent_builds: usize,
    /// The time after which one is ended, in seconds: `dynamic_timeout`.
    pub(crate) dynamic_timeout: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self { concurrent_builds: 2, dynamic_timeout: 3600 }
    }
}

/// A docker network of the server.
pub(crate) struct Destination {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) network: String,
    /// True if Docker has the network. Coolify 4.3.11 answers 201 to a creation without creating it.
    pub(crate) has_network: bool,
    pub(crate) created: Timestamp,
}

impl Destination {
    /// Creates a destination.
    pub(crate) fn new(id: i64, name: &str, network: &str, has_network: bool) -> Self {
        Self {
            id,
            uuid: random_uuid(),
            name: name.to_owned(),
            network: network.to_owned(),
            has_network,
            created: timestamp(),
        }
    }
}
