//! `/databases`.

use serde_json::{Value, json};

use super::resources;
use super::route::{Route, route};
use crate::coolify::Version::V4_3;
use crate::coolify::answer_json;
use crate::coolify::errors;
use crate::coolify::jobs::{self, database_proxies, databases};
use crate::coolify::json_values::is_on;
use crate::coolify::model::Family::Database;
use crate::coolify::model::{CoolifyState, Kind, find_flavor};
use crate::coolify::rules::{body, database_fields, resource_placement};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/databases", |state, _, _| Ok(resources::list(state, Database))),
    route("POST", "/databases/{flavor}", |state, request, at| create(state, request, at[0])),
    route("GET", "/databases/{uuid}", |state, _, at| resources::show(state, Database, at[0])),
    route("PATCH", "/databases/{uuid}", |state, request, at| update(state, request, at[0])),
    route("GET", "/databases/{uuid}/envs", |state, _, at| envs(state, at[0])).since(V4_3),
    route("DELETE", "/databases/{uuid}", |state, request, at| {
        resources::delete(state, request, Database, at[0])
    }),
];

/// `POST /databases/{flavor}`.
fn create(state: &mut CoolifyState, request: &Request, flavor: &str) -> ReplyResult {
    let flavor = find_flavor(flavor).ok_or_else(errors::no_route)?;
    let mut body = body::object(request)?;
    database_fields::check_creation(&body, flavor, state.version)?;
    let unknown = "You need to provide a valid environment_name or environment_uuid.";
    let place = resource_placement::place(state, &body, errors::message(422, unknown))?;
    if is_on(&body, "is_public") && body.get("public_port").is_none_or(Value::is_null) {
        body.insert("is_public".to_owned(), json!(false));
    }
    database_fields::check_values(state, &body, flavor, None)?;
    // Coolify asks its validator for the types of these before it ran, so the database refuses them.
    if !database_fields::has_common_types(&body) {
        return Err(errors::server_error());
    }
    let uuid = databases::create(state, place, flavor, &body);
    if is_on(&body, "instant_deploy") {
        jobs::lifecycle::start(state, Database, &uuid)?;
    }
    let mut answer = json!({ "uuid": uuid });
    if flavor.name != "dragonfly" {
        answer_json::resources::add_connection_urls(
            &mut answer,
            state.find(Database, &uuid)?,
            flavor,
        );
    }
    Ok(Reply::json(201, answer))
}

/// `PATCH /databases/{uuid}`: answers a message without the uuid. `is_public` without a port is
/// stored, though it opens nothing.
fn update(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let Kind::Database(flavor, _) = &state.find(Database, uuid)?.kind else {
        return Err(errors::not_found("Database"));
    };
    let flavor = *flavor;
    database_fields::check_update(&body, flavor, state.version)?;
    database_fields::check_values(state, &body, flavor, Some(uuid))?;
    let one = state.find_mut(Database, uuid)?;
    let was_public = is_on(&one.fields, "is_public");
    // Redis keeps its password in a variable, which a PATCH does not change.
    let is_stored = |name: &str| {
        name != "redis_password" && database_fields::columns(flavor).any(|column| column == name)
    };
    for (name, value) in body.iter().filter(|(name, _)| is_stored(name)) {
        one.set(name, value.clone());
    }
    match body.get("is_public").and_then(Value::as_bool) {
        Some(true) if !was_public => database_proxies::queue_start(state, uuid, state.now()),
        Some(false) if was_public => database_proxies::queue_stop(state, uuid),
        _ => {}
    }
    Ok(errors::message(200, "Database updated."))
}

/// `GET /databases/{uuid}/envs`.
fn envs(state: &CoolifyState, uuid: &str) -> ReplyResult {
    match &state.find(Database, uuid)?.kind {
        Kind::Database(_, variables) => {
            Ok(Reply::json(200, answer_json::resources::variables(variables, state.version)))
        }
        _ => Err(errors::not_found("Database")),
    }
}
