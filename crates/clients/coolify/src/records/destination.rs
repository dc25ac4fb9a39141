//! Destinations, and the server of a resource, which its destination names.

use covibe_domain::{DestinationUuid, ServerUuid, names};
use covibe_upstream::Identified;
use serde::{Deserialize, Deserializer};

use crate::answer_reading;

/// A destination: a Docker network of a server, which resources join.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Destination {
    /// Its id.
    pub uuid: DestinationUuid,
    /// The name of the network, unique on the server.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub network: String,
}

impl Destination {
    /// Returns whether workspaces can share it: it is not the network of one of them.
    pub(crate) fn is_shared(&self) -> bool {
        !names::is_workspace_network(&self.network)
    }
}

impl Identified for Destination {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.uuid.as_str()]
    }
}

/// A destination, reduced to its server.
#[derive(Deserialize)]
struct ServerDestination {
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    server: Option<Server>,
}

#[derive(Deserialize)]
struct Server {
    uuid: ServerUuid,
}

/// Returns the uuid of the server of a destination; `None` where the answer does not have it, as in
/// lists of an environment's contents (4.3).
pub(super) fn server_of_destination<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ServerUuid>, D::Error> {
    let destination: Option<ServerDestination> = answer_reading::lenient(deserializer)?;
    Ok(destination.and_then(|it| it.server).map(|server| server.uuid))
}
