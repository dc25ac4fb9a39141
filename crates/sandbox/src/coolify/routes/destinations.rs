//! `/destinations`, and those of a server and of an application.

use super::route::{Route, route};
use crate::coolify::Version::V4_3;
use crate::coolify::answer_json::team as view;
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::text;
use crate::coolify::model::{CoolifyState, Destination, Family, SERVER_NAME};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::coolify::rules::resource_placement;
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/destinations", |state, _, _| Ok(list(state))).since(V4_3),
    route("GET", "/destinations/{uuid}", |state, _, at| show(state, at[0])).since(V4_3),
    route("DELETE", "/destinations/{uuid}", |state, _, at| delete(state, at[0])).since(V4_3),
    route("GET", "/servers/{uuid}/destinations", |state, _, at| {
        resource_placement::check_server(state, at[0]).map(|()| list(state))
    })
    .since(V4_3),
    route("POST", "/servers/{uuid}/destinations", |state, request, at| {
        create(state, request, at[0])
    })
    .since(V4_3),
    route("GET", "/applications/{uuid}/destinations", |state, _, at| of_application(state, at[0]))
        .since(V4_3),
];

const FIELDS: &[Field] = &[
    field("name", Rule::Short(255), V4_3),
    field("network", Rule::Text, V4_3),
    field("type", Rule::OneOf(&["standalone", "swarm"]), V4_3),
];

/// `GET /destinations` and `GET /servers/{uuid}/destinations`: the same list, of one server.
fn list(state: &CoolifyState) -> Reply {
    Reply::json(200, state.destinations.iter().map(|one| view::destination(state, one)).collect())
}

fn find<'a>(state: &'a CoolifyState, uuid: &str) -> Result<&'a Destination, Reply> {
    let found = state.destinations.iter().find(|one| one.uuid == uuid);
    found.ok_or_else(|| errors::not_found("Destination"))
}

/// `GET /destinations/{uuid}`.
fn show(state: &CoolifyState, uuid: &str) -> ReplyResult {
    Ok(Reply::json(200, view::destination(state, find(state, uuid)?)))
}

/// `POST /servers/{uuid}/destinations`: does not create the network in docker (4.3.11).
fn create(state: &mut CoolifyState, request: &Request, server: &str) -> ReplyResult {
    resource_placement::check_server(state, server)?;
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[FIELDS], state.version, &mut errors);
    body::require(&body, &["network"], &mut errors);
    errors.check()?;
    let network = text(&body, "network").unwrap_or_default();
    if state.destinations.iter().any(|one| one.network == network) {
        return Err(errors::message(
            409,
            "A destination with this network already exists on the server.",
        ));
    }
    let default = format!("{SERVER_NAME}-{network}");
    let name = text(&body, "name").filter(|name| !name.is_empty()).unwrap_or(&default);
    let has_network = state.networks.iter().any(|present| present == network);
    let destination = Destination::new(state.next_id(), name, network, has_network);
    let shown = view::destination(state, &destination);
    state.destinations.push(destination);
    Ok(Reply::json(201, shown))
}

/// `DELETE /destinations/{uuid}`: refused while it is used.
fn delete(state: &mut CoolifyState, uuid: &str) -> ReplyResult {
    let found = find(state, uuid)?;
    let (id, network) = (found.id, found.network.clone());
    if state.resources.iter().any(|one| one.destination_id == id) {
        return Err(errors::message(409, "Destination has attached resources, detach first."));
    }
    state.destinations.retain(|one| one.id != id);
    // The network goes too (4.3.11).
    state.networks.retain(|present| *present != network);
    Ok(errors::message(200, "Deleted."))
}

/// `GET /applications/{uuid}/destinations`.
fn of_application(state: &CoolifyState, uuid: &str) -> ReplyResult {
    let id = state.find(Family::Application, uuid)?.destination_id;
    let own = state.destinations.iter().filter(|one| one.id == id);
    Ok(Reply::json(200, own.map(|one| view::destination_of_application(state, one)).collect()))
}
