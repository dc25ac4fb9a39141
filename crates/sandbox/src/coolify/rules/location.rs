//! Where a resource is created: project, environment and server.

use serde_json::json;

use super::fields::Rule::Text;
use super::fields::{Field, field};
use crate::coolify::errors;
use crate::coolify::model::State;
use crate::coolify::values::{Object, text};
use crate::coolify::version::Version;
use crate::coolify::version::Version::Beta473;
use crate::core::wire::Reply;

/// The fields that say where a resource is created.
pub(crate) const LOCATION: &[Field] = &[
    field("project_uuid", Text, Beta473),
    field("environment_name", Text, Beta473),
    field("environment_uuid", Text, Beta473),
    field("server_uuid", Text, Beta473),
    field("destination_uuid", Text, Beta473),
];

/// Returns the id of the environment that a body names, if a resource can be created there.
///
/// `unknown_environment` is the refusal of the family's controller.
pub(crate) fn environment(
    state: &State,
    body: &Object,
    unknown_environment: Reply,
) -> Result<i64, Reply> {
    let (name, uuid) = (text(body, "environment_name"), text(body, "environment_uuid"));
    if name.or(uuid).is_none_or(str::is_empty) {
        let text = "You need to provide at least one of environment_name or environment_uuid.";
        return Err(errors::message(422, text));
    }
    let project = state.project(text(body, "project_uuid").unwrap_or_default())?;
    let environment = project.environment(name, uuid).ok_or(unknown_environment)?.id;
    check_host(state, text(body, "server_uuid").unwrap_or_default())?;
    Ok(environment)
}

/// Refuses an unknown server.
pub(crate) fn check_server(state: &State, uuid: &str) -> Result<(), Reply> {
    if uuid == state.server { Ok(()) } else { Err(errors::not_found("Server")) }
}

/// Refuses a server that can't host a resource.
///
/// Since 4.2 a build server hosts nothing; before, it only drops domains.
fn check_host(state: &State, uuid: &str) -> Result<(), Reply> {
    check_server(state, uuid)?;
    if state.is_build_server && state.version >= Version::V4_3 {
        let text =
            "The specified server is configured as a build server and cannot host resources.";
        return Err(errors::invalid(json!({ "server_uuid": [text] })));
    }
    Ok(())
}
