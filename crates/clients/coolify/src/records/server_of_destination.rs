//! The server that a resource runs on.

use covibe_domain::ServerUuid;
use serde::{Deserialize, Deserializer};

use crate::wire;

/// A destination, reduced to its server.
#[derive(Deserialize)]
struct Destination {
    #[serde(default, deserialize_with = "wire::lenient")]
    server: Option<Server>,
}

#[derive(Deserialize)]
struct Server {
    uuid: ServerUuid,
}

/// Returns the uuid of the server of a destination; `None` where the answer does not have it, as in
/// lists of an environment's contents (4.3).
pub(super) fn server<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ServerUuid>, D::Error> {
    let destination: Option<Destination> = wire::lenient(deserializer)?;
    Ok(destination.and_then(|it| it.server).map(|server| server.uuid))
}
