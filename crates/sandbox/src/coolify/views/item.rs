//! A resource of any family, in a list and by itself.

use serde_json::{Value, json};

use super::{application, database, resource, server, service};
use crate::coolify::model::{CoolifyState, Kind, Resource};
use crate::coolify::version::Version;

/// Shows a resource as a list of its family does.
pub(crate) fn list_item(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = show(state, one);
    if state.version >= Version::V4_3 {
        body["destination"] = server::destination(state, one.destination_id);
        // Redis keeps it in a variable, which lists do not read.
        if let Value::Object(members) = &mut body {
            members.remove("redis_password");
        }
    }
    body
}

/// Shows a resource by itself: a service with its containers.
pub(crate) fn detail(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = show(state, one);
    if let Kind::Service(stack) = &one.kind {
        service::add_containers(&mut body, stack, &one.sight);
        if state.version >= Version::V4_3 {
            body["destination"] = server::destination(state, one.destination_id);
        }
    }
    if matches!(one.kind, Kind::Application(_)) && state.version >= Version::V4_3 {
        body["settings"] = settings(one);
    }
    body
}

/// Shows the switches of an application: those that were set, and the defaults of the others.
fn settings(one: &Resource) -> Value {
    let mut settings = json!({
        "is_auto_deploy_enabled": true, "is_git_submodules_enabled": true,
        "is_git_lfs_enabled": true, "is_preview_deployments_enabled": false,
    });
    for (name, is_on) in &one.settings {
        settings[name] = json!(is_on);
    }
    settings
}

/// Shows a resource as the answer of its environment does: with its numeric id, and without relations
/// but for a service's containers, which are there because its status was taken from them. While it is
/// being started it was not (`Service::getStatusAttribute` of 4.0.0-beta.461 to 4.3.9).
pub(crate) fn nested(state: &CoolifyState, one: &Resource) -> Value {
    let mut body = show(state, one);
    body["id"] = json!(one.id);
    if let Kind::Service(stack) = &one.kind
        && body["status"] != "starting:unhealthy"
    {
        service::add_containers(&mut body, stack, &one.sight);
    }
    body
}

fn show(state: &CoolifyState, one: &Resource) -> Value {
    match &one.kind {
        Kind::Database(flavor, _) => database::show(one, flavor),
        Kind::Application(_) => application::show(state, one),
        Kind::Service(_) => resource::show(one),
    }
}
