//! `/deployments`, and `/deploy`: resources of any family by uuid.

use serde_json::{Map, Value, json};

use super::resources::is_forced;
use super::route::{Route, route};
use crate::coolify::Version::{self, V4_1};
use crate::coolify::answer_json;
use crate::coolify::errors;
use crate::coolify::jobs::deployments::{self, Queued};
use crate::coolify::jobs::lifecycle;
use crate::coolify::model::{CoolifyState, Family};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/deployments", |state, _, _| Ok(list(state))),
    route("GET", "/deployments/applications/{uuid}", |state, request, at| {
        of_application(state, request, at[0])
    }),
    route("GET", "/deployments/{uuid}", |state, _, at| show(state, at[0])),
    route("POST", "/deployments/{uuid}/cancel", |state, _, at| cancel(state, at[0])),
    route("POST", "/deploy", |state, request, _| deploy(state, request)),
    route("GET", "/deploy", |state, request, _| deploy(state, request)).until(V4_1),
];

/// `GET /deployments`: those of the whole team that are under way.
///
/// It is a filtered PHP collection, which in 4.1.2 kept its keys and so became an object.
fn list(state: &CoolifyState) -> Reply {
    let now = state.now();
    let under_way = state.deployments.iter().enumerate().filter(|(_, one)| one.is_under_way());
    let keyed =
        under_way.map(|(at, one)| ((at + 1).to_string(), answer_json::deployments::show(one, now)));
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
    Ok(Reply::json(200, answer_json::deployments::show(found, state.now())))
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
    let page: Vec<_> = page.map(|one| answer_json::deployments::show(one, now)).collect();
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

/// `POST /deploy`: a comma-separated list of uuids; unknown ones are skipped.
fn deploy(state: &mut CoolifyState, request: &Request) -> ReplyResult {
    let text = |name| request.input(name).and_then(|value| value.as_str().map(str::to_owned));
    let uuids = match (text("uuid"), text("tag")) {
        (Some(uuids), None) => uuids,
        (Some(_), Some(_)) => {
            return Err(errors::message(400, "You can only use uuid or tag, not both."));
        }
        (None, Some(_)) => return Err(errors::message(404, "No resources found with this tag.")),
        (None, None) => return Err(errors::message(400, "You must provide uuid or tag.")),
    };
    let force = is_forced(request, state.version);
    let mut entries = Vec::new();
    for uuid in uuids.split(',').filter(|uuid| !uuid.is_empty()) {
        entries.extend(deploy_one(state, uuid, force)?);
    }
    if entries.is_empty() {
        return Err(errors::message(404, "No resources found."));
    }
    Ok(Reply::json(200, json!({ "deployments": entries })))
}

/// Deploys a resource and returns its entry in the answer; none for an unknown uuid.
fn deploy_one(state: &mut CoolifyState, uuid: &str, force: bool) -> Result<Option<Value>, Reply> {
    let found = state.resources.get(uuid);
    let Some((family, name)) = found.map(|one| (one.family(), one.name().to_owned())) else {
        return Ok(None);
    };
    let (message, deployment) = match family {
        Family::Application => match deployments::queue(state, uuid, force, false)? {
            Queued::Queued { uuid, message } => (message, Some(uuid)),
            Queued::Skipped { uuid, message } => (message.to_owned(), Some(uuid)),
        },
        Family::Service => {
            lifecycle::start(state, family, uuid)?;
            (format!("Service {name} started. It could take a while, be patient."), None)
        }
        Family::Database => {
            lifecycle::start(state, family, uuid)?;
            (format!("Database {name} started."), None)
        }
    };
    let mut entry = json!({ "message": message, "resource_uuid": uuid });
    if let Some(deployment) = deployment {
        entry["deployment_uuid"] = json!(deployment);
    }
    Ok(Some(entry))
}
