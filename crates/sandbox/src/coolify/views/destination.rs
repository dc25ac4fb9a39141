//! Destinations.

use serde_json::{Value, json};

use crate::coolify::model::{CoolifyState, Destination, server};

/// Shows a destination.
pub(crate) fn show(state: &CoolifyState, one: &Destination) -> Value {
    json!({
        "uuid": one.uuid, "name": one.name, "network": one.network, "type": "standalone",
        "server_uuid": state.server, "created_at": one.created, "updated_at": one.created,
    })
}

/// Shows the destination of an application, which has only one here.
pub(crate) fn of_application(state: &CoolifyState, one: &Destination) -> Value {
    json!({
        "uuid": one.uuid, "name": one.name, "network": one.network,
        "server_uuid": state.server, "server_id": server::ID, "is_primary": true,
    })
}
