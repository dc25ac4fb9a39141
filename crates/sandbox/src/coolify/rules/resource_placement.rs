//! The place of a new resource: its project, environment and server.

use serde_json::json;

use super::body::Rule::Text;
use super::body::{Field, field};
use crate::coolify::Version;
use crate::coolify::Version::Beta473;
use crate::coolify::errors;
use crate::coolify::json_values::{Object, text};
use crate::coolify::model::{CoolifyState, Placement};
use crate::core::request_types::Reply;

/// The fields that say where a resource is created.
pub(crate) const LOCATION: &[Field] = &[
    field("project_uuid", Text, Beta473),
    field("environment_name", Text, Beta473),
    field("environment_uuid", Text, Beta473),
    field("server_uuid", Text, Beta473),
    field("destination_uuid", Text, Beta473),
];

/// Returns the place that a body names, if a resource can be created there.
///
/// `unknown_environment` is the refusal of the family's controller.
pub(crate) fn place(
    state: &CoolifyState,
    body: &Object,
    unknown_environment: Reply,
) -> Result<Placement, Reply> {
    let (name, uuid) = (text(body, "environment_name"), text(body, "environment_uuid"));
    if name.or(uuid).is_none_or(str::is_empty) {
        let text = "You need to provide at least one of environment_name or environment_uuid.";
        return Err(errors::message(422, text));
    }
    let project = state.project(text(body, "project_uuid").unwrap_or_default())?;
    let environment_id = project.environment(name, uuid).ok_or(unknown_environment)?.id;
    check_host(state, text(body, "server_uuid").unwrap_or_default())?;
    Ok(Placement { environment_id, destination_id: destination(state, body)? })
}

/// Returns the id of the destination that a body names, or of the server's only one, whatever is named then.
fn destination(state: &CoolifyState, body: &Object) -> Result<i64, Reply> {
    if let [one] = &state.destinations[..] {
        return Ok(one.id);
    }
    let Some(uuid) = text(body, "destination_uuid") else {
        let text = if state.destinations.is_empty() {
            "Server has no destinations."
        } else {
            "Server has multiple destinations and you do not set destination_uuid."
        };
        return Err(errors::message(400, text));
    };
    let found = state.destinations.iter().find(|one| one.uuid == uuid);
    found.map(|one| one.id).ok_or_else(|| {
        let text = "Provided destination_uuid does not belong to the specified server.";
        errors::invalid(json!({ "destination_uuid": [text] }))
    })
}

/// Refuses an unknown server.
pub(crate) fn check_server(state: &CoolifyState, uuid: &str) -> Result<(), Reply> {
    if uuid == state.server { Ok(()) } else { Err(errors::not_found("Server")) }
}

/// Refuses a server that can't host a resource.
///
/// Since 4.2 a build server hosts nothing; before, it only drops domains.
fn check_host(state: &CoolifyState, uuid: &str) -> Result<(), Reply> {
    check_server(state, uuid)?;
    if state.is_build_server && state.version >= Version::V4_3 {
        let text =
            "The specified server is configured as a build server and cannot host resources.";
        return Err(errors::invalid(json!({ "server_uuid": [text] })));
    }
    Ok(())
}
