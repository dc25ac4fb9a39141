//! `/services/{uuid}/applications` and `…/databases`: the containers of a service.

use serde_json::Value;

use crate::coolify::Version::V4_3;
use crate::coolify::answer_json;
use crate::coolify::compose;
use crate::coolify::errors::{self, Errors};
use crate::coolify::model::Family::Service;
use crate::coolify::model::{Container, CoolifyState, Kind};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::core::request_types::{Reply, ReplyResult, Request};

/// The fields that a PATCH of a container accepts; only one of them has an effect here.
const PATCH: &[Field] = &[
    field("exclude_from_status", Rule::Bool, V4_3),
    field("human_name", Rule::Text, V4_3),
    field("description", Rule::Text, V4_3),
];

/// `GET /services/{uuid}/applications` and `…/databases`.
pub(super) fn list(state: &CoolifyState, uuid: &str, databases: bool) -> ReplyResult {
    let one = state.find(Service, uuid)?;
    let Kind::Service(stack) = &one.kind else { return Err(errors::not_found("Service")) };
    let detail = answer_json::resources::detail(state, one);
    Ok(Reply::json(200, answer_json::services::containers(one, stack, databases, &detail)))
}

/// `PATCH /services/{uuid}/applications/{part}`. Each ends with the container's image written into the stored
/// file, even if that lost the container (`UpdateServiceApplicationFromApi`, 4.3.11).
pub(super) fn update(
    state: &mut CoolifyState,
    request: &Request,
    uuid: &str,
    part: &str,
) -> ReplyResult {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[PATCH], state.version, &mut errors);
    let one = state.find_mut(Service, uuid)?;
    let stored = one.text("docker_compose_raw").to_owned();
    let Kind::Service(stack) = &mut one.kind else {
        return Err(errors::not_found("Service"));
    };
    let is_it = |one: &&mut Container| one.uuid == part && !one.is_database;
    let found = stack.containers.iter_mut().find(is_it);
    let found = found.ok_or_else(|| errors::not_found("Service application"))?;
    errors.check()?;
    if let Some(excluded) = body.get("exclude_from_status").and_then(Value::as_bool) {
        found.is_excluded = excluded;
    }
    let switched = compose::with_image(&stored, &found.name, &found.image);
    let reply = Reply::json(200, answer_json::services::container(found, "exited"));
    if let Some(file) = switched {
        one.set("docker_compose_raw", file);
    }
    Ok(reply)
}

/// `POST /services/{uuid}/applications/{part}/stop` and `…/databases/{part}/stop`: a job, which asks docker
/// and not what was seen last.
pub(super) fn stop(
    state: &mut CoolifyState,
    uuid: &str,
    part: &str,
    is_database: bool,
) -> ReplyResult {
    let stopped_at = state.now() + state.pace;
    let Kind::Service(stack) = &mut state.find_mut(Service, uuid)?.kind else {
        return Err(errors::not_found("Service"));
    };
    let is_it = |one: &&mut Container| one.uuid == part && one.is_database == is_database;
    let noun = if is_database { "Service database" } else { "Service application" };
    let found = stack.containers.iter_mut().find(is_it);
    found.ok_or_else(|| errors::not_found(noun))?.stopped_at = Some(stopped_at);
    Ok(errors::message(200, &format!("{noun} stopping request queued.")))
}
