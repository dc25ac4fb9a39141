//! The server and its destination.

use serde_json::{Value, json};

use crate::coolify::model::State;
use crate::coolify::model::server::{DESTINATION_ID, ID, NAME};

/// Shows the server as lists do, without its proxy.
pub(crate) fn show(state: &State) -> Value {
    json!({
        "uuid": state.server, "name": NAME, "description": "The server of the sandbox.",
        "ip": "host.docker.internal", "user": "root", "port": 22,
        "is_coolify_host": true, "is_reachable": true, "is_usable": true,
        "settings": {
            "id": ID, "server_id": ID, "concurrent_builds": 2, "deployment_queue_limit": 25,
            "dynamic_timeout": 3600, "is_build_server": state.is_build_server,
            "is_reachable": true, "is_usable": true, "wildcard_domain": null,
            "delete_unused_volumes": false, "delete_unused_networks": false,
            "docker_cleanup_frequency": "0 0 * * *", "docker_cleanup_threshold": 80,
        },
    })
}

/// Shows the destination, which 4.3 repeats with its server and the server's settings in each item
/// of the lists of applications, databases and services.
pub(super) fn destination(state: &State) -> Value {
    json!({
        "id": DESTINATION_ID, "uuid": "sandbox", "name": "coolify", "network": "coolify",
        "server_id": ID, "server": show(state),
    })
}
