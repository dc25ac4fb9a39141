//! The endpoints that applications, databases and services share: lists, and starting, stopping and deleting one.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::route::{Route, route};
use crate::coolify::Version::{self, V4_1};
use crate::coolify::answer_json;
use crate::coolify::errors;
use crate::coolify::jobs::deployments::{self, Queued};
use crate::coolify::jobs::{deletion, lifecycle};
use crate::coolify::json_values::{boolean, random_uuid};
use crate::coolify::model::Family::{self, Application, Database, Service};
use crate::coolify::model::{CoolifyState, Variable};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] =
    &[route("GET", "/resources", |state, _, _| Ok(list_all(state)))];

/// The routes of each family, on POST, and before 4.2 on GET too.
macro_rules! routes {
    ($($family:expr => $path:literal),+) => {
        &[$(
            routes!(@ $family, $path, Verb::Start, "start"),
            routes!(@ $family, $path, Verb::Stop, "stop"),
            routes!(@ $family, $path, Verb::Restart, "restart"),
        )+]
    };
    (@ $family:expr, $path:literal, $verb:expr, $name:literal) => {
        [
            route("POST", concat!($path, "/{uuid}/", $name), |state, request, at| {
                control(state, request, $family, at[0], $verb)
            }),
            route("GET", concat!($path, "/{uuid}/", $name), |state, request, at| {
                control(state, request, $family, at[0], $verb)
            })
            .until(V4_1),
        ]
    };
}

pub(super) const LIFECYCLE_ROUTES: &[[Route; 2]] =
    routes!(Application => "/applications", Database => "/databases", Service => "/services");

/// `GET /resources`: with numeric ids.
fn list_all(state: &CoolifyState) -> Reply {
    let body = state.resources.iter().map(|one| {
        let mut body = answer_json::resources::show_with_id(one);
        body["type"] = json!(one.type_text());
        body
    });
    Reply::json(200, body.collect())
}

/// `GET /{family}`: all of the team, without pages.
pub(super) fn list(state: &CoolifyState, family: Family) -> Reply {
    let items = state.family(family).map(|one| answer_json::resources::list_item(state, one));
    let reply = Reply::json(200, items.collect());
    if !state.has_neighbours {
        return reply;
    }
    let rows = u32::try_from(state.family(family).count()).unwrap_or(u32::MAX);
    let time = time_of(family) * rows;
    Reply::later(move || {
        thread::sleep(time);
        Ok(reply)
    })
}

/// Returns what a row of a list of the whole instance takes (4.3.11).
const fn time_of(family: Family) -> Duration {
    Duration::from_micros(match family {
        Family::Application => 1_600,
        Family::Database => 5_500,
        Family::Service => 6_000,
    })
}

/// `GET /{family}/{uuid}`.
pub(super) fn show(state: &CoolifyState, family: Family, uuid: &str) -> ReplyResult {
    let one = state.find(family, uuid)?;
    Ok(Reply::json(200, answer_json::resources::detail(state, one)))
}

/// A call that starts or stops a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Start,
    Stop,
    Restart,
}

/// Returns whether a request forces a deployment.
///
/// Up to 4.1 any text but the empty one and `0` counts as true, `false` included.
pub(super) fn is_forced(request: &Request, version: Version) -> bool {
    match request.input("force") {
        Some(Value::String(text)) if version < Version::V4_3 => !matches!(text.as_str(), "" | "0"),
        Some(Value::String(text)) => matches!(text.as_str(), "1" | "true" | "on" | "yes"),
        Some(value) => boolean(&value).unwrap_or(false),
        None => false,
    }
}

/// `POST /{family}/{uuid}/start|stop|restart`.
fn control(
    state: &mut CoolifyState,
    request: &Request,
    family: Family,
    uuid: &str,
    verb: Verb,
) -> ReplyResult {
    let status = state.find(family, uuid)?.status();
    if family == Application {
        return control_application(state, request, uuid, verb);
    }
    let noun = family.noun();
    match verb {
        Verb::Start if status.contains("running") => {
            return Err(errors::message(400, &format!("{noun} is already running.")));
        }
        // Coolify judges by its last look, which is older than a start that is still under way.
        Verb::Stop if status.contains("exited") || status.contains("starting") => {
            return Err(errors::message(400, &format!("{noun} is already stopped.")));
        }
        Verb::Stop => lifecycle::stop(state, family, uuid)?,
        // It is being started already.
        Verb::Start if status.contains("starting") => {}
        Verb::Start | Verb::Restart => {
            let is_pulled = request.input("latest").is_some_and(|it| it == "true" || it == true);
            lifecycle::restart(state, family, uuid, is_pulled)?;
        }
    }
    let doing = match verb {
        Verb::Start => "starting",
        Verb::Stop => "stopping",
        Verb::Restart => "restarting",
    };
    Ok(errors::message(200, &format!("{noun} {doing} request queued.")))
}

fn control_application(
    state: &mut CoolifyState,
    request: &Request,
    uuid: &str,
    verb: Verb,
) -> ReplyResult {
    let text = match verb {
        Verb::Stop => {
            lifecycle::stop(state, Application, uuid)?;
            return Ok(errors::message(200, "Application stopping request queued."));
        }
        Verb::Start => "Deployment request queued.",
        Verb::Restart => "Restart request queued.",
    };
    let force = is_forced(request, state.version);
    let deployment = match deployments::queue(state, uuid, force, verb == Verb::Restart) {
        Ok(Queued::Queued { uuid, .. }) => uuid,
        Ok(Queued::Skipped { message, .. }) => return Ok(errors::message(200, message)),
        // These calls ignore that the queue is full, and name a deployment that does not exist.
        Err(_) => random_uuid(),
    };
    Ok(Reply::json(200, json!({ "message": text, "deployment_uuid": deployment })))
}

/// `DELETE /{family}/{uuid}`: queued; the resource is listed until the job is done.
///
/// All four switches are on by default, that of the volumes too.
pub(super) fn delete(
    state: &mut CoolifyState,
    request: &Request,
    family: Family,
    uuid: &str,
) -> ReplyResult {
    deletion::queue(state, family, uuid, request.is_on("delete_volumes"))?;
    Ok(errors::message(200, &format!("{} deletion request queued.", family.noun())))
}

/// `DELETE …/envs/{env}` of an application or service.
pub(super) fn delete_variable(variables: &mut Vec<Variable>, uuid: &str) -> ReplyResult {
    let at = variables.iter().position(|one| one.uuid == uuid);
    variables.remove(at.ok_or_else(|| errors::not_found("Environment variable"))?);
    Ok(errors::message(200, "Environment variable deleted."))
}
