//! `/servers` and `/resources`: the one server, and everything on it.

use serde_json::{Value, json};

use super::Version;
use super::errors;
use super::state::State;
use crate::wire::{Answer, Reply};

/// The server's numeric id.
pub(super) const ID: i64 = 0;
/// The numeric id of its one destination.
pub(super) const DESTINATION: i64 = 0;
/// The server's name.
pub(super) const NAME: &str = "localhost";

impl State {
    fn server_json(&self) -> Value {
        json!({
            "uuid": self.server, "name": NAME, "description": "The server of the sandbox.",
            "ip": "host.docker.internal", "user": "root", "port": 22,
            "is_coolify_host": true, "is_reachable": true, "is_usable": true,
            "settings": {
                "id": ID, "server_id": ID, "concurrent_builds": 2, "deployment_queue_limit": 25,
                "dynamic_timeout": 3600, "is_build_server": self.is_build_server,
                "is_reachable": true, "is_usable": true, "wildcard_domain": null,
                "delete_unused_volumes": false, "delete_unused_networks": false,
                "docker_cleanup_frequency": "0 0 * * *", "docker_cleanup_threshold": 80,
            },
        })
    }

    /// The destination that 4.3 repeats, with its server and that one's settings, in each item of the
    /// lists of applications, databases and services.
    pub(super) fn destination_json(&self) -> Value {
        json!({
            "id": DESTINATION, "uuid": "sandbox", "name": "coolify", "network": "coolify",
            "server_id": ID, "server": self.server_json(),
        })
    }

    fn check_server(&self, uuid: &str) -> Result<(), Reply> {
        if uuid == self.server { Ok(()) } else { Err(errors::not_found("Server")) }
    }

    /// Whether a resource can be created on the server.
    ///
    /// A build server hosts nothing since 4.2; before, only its domains are lost.
    pub(super) fn check_host(&self, uuid: &str) -> Result<(), Reply> {
        self.check_server(uuid)?;
        if self.is_build_server && self.version >= Version::V4_3 {
            let text =
                "The specified server is configured as a build server and cannot host resources.";
            return Err(errors::invalid(json!({ "server_uuid": [text] })));
        }
        Ok(())
    }
}

/// `GET /servers`: without `proxy`.
pub(super) fn list(state: &State) -> Reply {
    Reply::json(200, json!([state.server_json()]))
}

/// `GET /servers/{uuid}`.
pub(super) fn show(state: &State, uuid: &str) -> Answer {
    state.check_server(uuid)?;
    let mut body = state.server_json();
    body["proxy"] = json!({ "type": "TRAEFIK", "status": "running" });
    Ok(Reply::json(200, body))
}

/// `GET /servers/{uuid}/resources`: the cheapest map of uuid to numeric id.
pub(super) fn resources(state: &State, uuid: &str) -> Answer {
    state.check_server(uuid)?;
    let now = state.now();
    let body = state.resources.iter().map(|one| {
        json!({ "id": one.id, "uuid": one.uuid, "name": one.name(), "type": one.kind_text(),
                "status": one.status(now), "created_at": one.created, "updated_at": one.updated })
    });
    Ok(Reply::json(200, body.collect()))
}

/// `GET /resources`: everything of the team.
pub(super) fn all(state: &State) -> Reply {
    let now = state.now();
    let body = state.resources.iter().map(|one| {
        let mut body = one.json_with_id(now);
        body["type"] = json!(one.kind_text());
        body
    });
    Reply::json(200, body.collect())
}
