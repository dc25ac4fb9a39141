//! The logs of a service's containers, which show the current state of docker.

use serde_json::json;

use crate::coolify::errors;
use crate::coolify::model::Family::Service;
use crate::coolify::model::{Container, CoolifyState, Kind, Resource};
use crate::core::request_types::{Reply, ReplyResult, Request};

/// `GET /services/{uuid}/logs`: of the container that `sub_service_name` names, while it runs.
pub(super) fn of_named(state: &CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let one = state.find(Service, uuid)?;
    let Some(name) = request.query.get("sub_service_name") else {
        return Err(errors::message(400, "Sub service name is required."));
    };
    let part = parts(one).iter().find(|part| label(&part.name) == *name);
    match inspect_container(state, one, part)? {
        None => Err(errors::not_found("Container")),
        Some(false) => Err(errors::message(400, "Container is not running.")),
        Some(true) => Ok(log(name)),
    }
}

/// `GET /services/{uuid}/applications/{part}/logs`.
pub(super) fn answer_part_logs(state: &CoolifyState, uuid: &str, part: &str) -> ReplyResult {
    let one = state.find(Service, uuid)?;
    let found = parts(one).iter().find(|each| each.uuid == part && !each.is_database);
    let part = found.ok_or_else(|| errors::not_found("Service application"))?;
    if inspect_container(state, one, Some(part))? != Some(true) {
        return Err(errors::message(400, "Service application container is not running."));
    }
    Ok(log(&part.name))
}

fn log(name: &str) -> Reply {
    Reply::json(200, json!({ "logs": format!("{name} listens\n") }))
}

/// Returns the label `coolify.name` of a container without the service's uuid: `Str::slug` of its name.
fn label(name: &str) -> String {
    let mut label = String::new();
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            '_' | '-' if label.ends_with('-') => {}
            '_' | '-' => label.push('-'),
            c if c.is_ascii_alphanumeric() => label.push(c),
            _ => {}
        }
    }
    label.trim_matches('-').to_owned()
}

fn parts(one: &Resource) -> &[Container] {
    if let Kind::Service(stack) = &one.kind { &stack.containers } else { &[] }
}

/// Inspects a container: returns whether it runs, or `None` if it does not exist.
fn inspect_container(
    state: &CoolifyState,
    one: &Resource,
    part: Option<&Container>,
) -> Result<Option<bool>, Reply> {
    if state.host.is_lost() {
        return Err(errors::host_lost());
    }
    // It reads the labels of all containers of the service.
    let is_unreadable =
        |part: &Container| part.breaks_looks && one.part_runs(part, state.now()).is_some();
    if parts(one).iter().any(is_unreadable) {
        return Err(errors::server_error());
    }
    Ok(part.and_then(|part| one.part_runs(part, state.now())))
}
