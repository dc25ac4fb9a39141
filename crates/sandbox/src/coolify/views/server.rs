//! The server and its destination.

use serde_json::{Value, json};

use crate::coolify::model::CoolifyState;
use crate::coolify::model::server::{ID, NAME};

/// Shows the server without its proxy.
pub(crate) fn show(state: &CoolifyState) -> Value {
    let is_reachable = state.is_server_reachable();
    json!({
        "uuid": state.server, "name": NAME, "description": "The server of the sandbox.",
        "ip": "host.docker.internal", "user": "root", "port": 22,
        "is_coolify_host": true,
        "settings": {
            "id": ID, "server_id": ID, "concurrent_builds": state.limits.concurrent_builds,
            "deployment_queue_limit": 25,
            "dynamic_timeout": state.limits.dynamic_timeout, "is_build_server": state.is_build_server,
            "is_reachable": is_reachable, "is_usable": is_reachable, "wildcard_domain": null,
            "delete_unused_volumes": false, "delete_unused_networks": false,
            "docker_cleanup_frequency": "0 0 * * *", "docker_cleanup_threshold": 80,
            "sentinel_token": "the-token-of-the-sandboxs-monitoring",
        },
    })
}

/// Shows the server as lists do, which repeat two of its settings.
pub(crate) fn list_item(state: &CoolifyState) -> Value {
    let mut body = show(state);
    for name in ["is_reachable", "is_usable"] {
        body[name] = body["settings"][name].clone();
    }
    body
}

/// Shows a destination, which 4.3 repeats with its server and the server's settings in each item
/// of the lists of applications, databases and services.
pub(super) fn destination(state: &CoolifyState, id: i64) -> Value {
    let Some(one) = state.destinations.iter().find(|one| one.id == id) else { return Value::Null };
    json!({
        "id": one.id, "uuid": one.uuid, "name": one.name, "network": one.network,
        "server_id": ID, "server": show(state), "created_at": one.created, "updated_at": one.created,
    })
}
