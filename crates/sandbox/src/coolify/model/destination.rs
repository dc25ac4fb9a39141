//! Destinations: the docker networks that resources join.

use covibe_domain::Timestamp;

use crate::coolify::uuid;
use crate::core::clock::timestamp;

/// A docker network of the server.
pub(crate) struct Destination {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) network: String,
    /// True if docker has the network. Coolify 4.3.11 answers 201 to a creation without creating it.
    pub(crate) has_network: bool,
    pub(crate) created: Timestamp,
}

impl Destination {
    /// Creates a destination.
    pub(crate) fn new(id: i64, name: &str, network: &str, has_network: bool) -> Self {
        Self {
            id,
            uuid: uuid::random(),
            name: name.to_owned(),
            network: network.to_owned(),
            has_network,
            created: timestamp(),
        }
    }
}
