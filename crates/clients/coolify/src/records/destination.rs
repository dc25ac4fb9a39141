//! Destinations.

use covibe_domain::{DestinationUuid, names};
use covibe_upstream::Identified;
use serde::Deserialize;

use crate::wire;

/// A destination: a Docker network of a server, which resources join.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Destination {
    /// Its id.
    pub uuid: DestinationUuid,
    /// The name of the network, unique on the server.
    #[serde(default, deserialize_with = "wire::name")]
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
