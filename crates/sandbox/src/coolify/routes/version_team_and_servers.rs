//! The instance itself: `/version`, `/teams/current`, and `/servers` with what is on the one server.

use serde_json::json;

use super::route::{Route, route};
use crate::coolify::answer_json;
use crate::coolify::model::CoolifyState;
use crate::coolify::rules::{body, resource_placement};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/version", |state, _, _| Ok(Reply::text(&state.told_version))),
    route("GET", "/teams/current", |state, _, _| {
        Ok(Reply::json(200, answer_json::team::team(state.created)))
    }),
    route("GET", "/teams/current/members", |state, _, _| {
        Ok(Reply::json(200, answer_json::team::members(state.created)))
    }),
    route("GET", "/servers", |state, _, _| Ok(list_servers(state))),
    route("GET", "/servers/{uuid}", |state, _, at| show_server(state, at[0])),
    route("PATCH", "/servers/{uuid}", |state, request, at| update_server(state, request, at[0])),
    route("GET", "/servers/{uuid}/domains", |state, _, at| server_domains(state, at[0])),
    route("GET", "/servers/{uuid}/resources", |state, _, at| server_resources(state, at[0])),
];

/// `GET /servers`: without `proxy`.
fn list_servers(state: &CoolifyState) -> Reply {
    Reply::json(200, json!([answer_json::team::server_list_item(state)]))
}

/// `GET /servers/{uuid}`: with `proxy`.
fn show_server(state: &CoolifyState, uuid: &str) -> ReplyResult {
    resource_placement::check_server(state, uuid)?;
    let mut body = answer_json::team::server(state);
    body["proxy"] = json!({ "type": state.proxy, "status": "running" });
    Ok(Reply::json(200, body))
}

/// `PATCH /servers/{uuid}`: another type of proxy, or other limits of deployments; the other fields are not simulated.
fn update_server(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    resource_placement::check_server(state, uuid)?;
    if let Some(kind) = body.get("proxy_type") {
        let kind = kind.as_str().unwrap_or_default().to_uppercase();
        if !["TRAEFIK", "CADDY", "NONE"].contains(&kind.as_str()) {
            return Err(Reply::json(422, json!({ "message": "Invalid proxy type." })));
        }
        state.proxy = kind;
    }
    let limits = &mut state.limits;
    for (name, limit) in [
        ("concurrent_builds", &mut limits.concurrent_builds),
        ("dynamic_timeout", &mut limits.dynamic_timeout),
    ] {
        let Some(value) = body.get(name) else { continue };
        let number = value.as_u64().filter(|number| *number > 0);
        let Some(number) = number.and_then(|number| usize::try_from(number).ok()) else {
            return Err(Reply::json(422, json!({ "message": "Validation failed." })));
        };
        *limit = number;
    }
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

/// `GET /servers/{uuid}/domains`: always empty, as seen with 4.3.11. Its filling is not simulated.
fn server_domains(state: &CoolifyState, uuid: &str) -> ReplyResult {
    resource_placement::check_server(state, uuid)?;
    Ok(Reply::json(200, json!([])))
}

/// `GET /servers/{uuid}/resources`: the shortest list that maps uuids to numeric ids.
fn server_resources(state: &CoolifyState, uuid: &str) -> ReplyResult {
    resource_placement::check_server(state, uuid)?;
    let body = state.resources.iter().map(|one| {
        json!({ "id": one.id, "uuid": one.uuid, "name": one.name(), "type": one.type_text(),
                "status": one.status(), "created_at": one.created, "updated_at": one.updated })
    });
    Ok(Reply::json(200, body.collect()))
}
