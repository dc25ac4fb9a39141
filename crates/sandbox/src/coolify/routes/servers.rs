//! `/servers`: the one server, and what is on it.

use serde_json::json;

use super::route::{Route, route};
use crate::coolify::model::State;
use crate::coolify::rules::location;
use crate::coolify::views;
use crate::core::wire::{Answer, Reply};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/servers", |state, _, _| Ok(list(state))),
    route("GET", "/servers/{uuid}", |state, _, at| show(state, at[0])),
    route("GET", "/servers/{uuid}/domains", |state, _, at| domains(state, at[0])),
    route("GET", "/servers/{uuid}/resources", |state, _, at| resources(state, at[0])),
];

/// `GET /servers`: without `proxy`.
fn list(state: &State) -> Reply {
    Reply::json(200, json!([views::server::list_item(state)]))
}

/// `GET /servers/{uuid}`: with `proxy`.
fn show(state: &State, uuid: &str) -> Answer {
    location::check_server(state, uuid)?;
    let mut body = views::server::show(state);
    body["proxy"] = json!({ "type": "TRAEFIK", "status": "running" });
    Ok(Reply::json(200, body))
}

/// `GET /servers/{uuid}/domains`: always empty, as it was seen with 4.3.11. What fills it is not
/// simulated.
fn domains(state: &State, uuid: &str) -> Answer {
    location::check_server(state, uuid)?;
    Ok(Reply::json(200, json!([])))
}

/// `GET /servers/{uuid}/resources`: the shortest list that maps uuids to numeric ids.
fn resources(state: &State, uuid: &str) -> Answer {
    location::check_server(state, uuid)?;
    let now = state.now();
    let body = state.resources.iter().map(|one| {
        json!({ "id": one.id, "uuid": one.uuid, "name": one.name(), "type": one.type_text(),
                "status": one.status(now), "created_at": one.created, "updated_at": one.updated })
    });
    Ok(Reply::json(200, body.collect()))
}
