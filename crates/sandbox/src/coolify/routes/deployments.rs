//! `/deployments`.

use serde_json::{Map, Value, json};

use super::route::{Route, route};
use crate::coolify::errors;
use crate::coolify::jobs::deployments;
use crate::coolify::model::{CoolifyState, Family};
use crate::coolify::version::Version;
use crate::coolify::views;
use crate::core::wire::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/deployments", |state, _, _| Ok(list(state))),
    route("GET", "/deployments/applications/{uuid}", |state, request, at| {
        of_application(state, request, at[0])
    }),
    route("GET", "/deployments/{uuid}", |state, _, at| show(state, at[0])),
    route("POST", "/deployments/{uuid}/cancel", |state, _, at| cancel(state, at[0])),
];

/// `GET /deployments`: those of the whole team that are under way.
///
/// It is a filtered PHP collection, which in 4.1.2 kept its keys and so became an object.
fn list(state: &CoolifyState) -> Reply {
    let now = state.now();
    let under_way = state.deployments.iter().enumerate().filter(|(_, one)| one.is_under_way());
    let keyed =
        under_way.map(|(at, one)| ((at + 1).to_string(), views::deployments::show(one, now)));
    let keyed: Vec<_> = keyed.collect();
    if state.version == Version::V4_1 && !keyed.is_empty() {
        return Reply::json(200, Value::Object(keyed.into_iter().collect::<Map<_, _>>()));
    }
    Reply::json(200, keyed.into_iter().map(|(_, one)| one).collect())
}

/// `GET /deployments/{uuid}`.
fn show(state: &CoolifyState, uuid: &str) -> ReplyResult {
    let found = state.deployments.iter().find(|one| one.uuid == uuid);
    let found = found.ok_or_else(|| errors::not_found("Deployment"))?;
    Ok(Reply::json(200, views::deployments::show(found, state.now())))
}

/// `GET /deployments/applications/{uuid}`: a page, newest first; `count` is the total.
fn of_application(state: &CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    state
        .find(Family::Application, uuid)
        .map_err(|_| errors::message(404, "Application not found"))?;
    let (skip, take) = (request.number("skip").unwrap_or(0), request.number("take").unwrap_or(10));
    if take == 0 {
        return Err(errors::invalid(json!({ "take": ["The take field must be at least 1."] })));
    }
    let now = state.now();
    let all = || state.deployments.iter().filter(|one| one.app == uuid);
    let page = all().rev().skip(skip).take(take);
    let page: Vec<_> = page.map(|one| views::deployments::show(one, now)).collect();
    Ok(Reply::json(200, json!({ "count": all().count(), "deployments": page })))
}

/// `POST /deployments/{uuid}/cancel`: takes effect, though 4.1.2 then answers 500.
fn cancel(state: &mut CoolifyState, uuid: &str) -> ReplyResult {
    deployments::cancel(state, uuid)?;
    if state.version == Version::V4_1 {
        return Err(errors::server_error());
    }
    let text = "Deployment cancelled successfully.";
    Ok(Reply::json(
        200,
        json!({ "message": text, "deployment_uuid": uuid, "status": "cancelled-by-user" }),
    ))
}
