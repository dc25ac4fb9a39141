//! Reading applications, databases and services, and what an application is when it is new.

use std::time::Instant;

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use super::errors;
use super::resource::{Family, Kind, Resource};
use super::state::State;
use super::{Version, databases};
use crate::wire::{Answer, Reply};

/// `GET /applications`, `/databases`, `/services`: all of the team, without pages.
pub(super) fn list(state: &State, family: Family) -> Reply {
    let now = state.now();
    let item = |one| {
        let mut item = json(state, one, now);
        if state.version >= Version::V4_3 {
            item["destination"] = state.destination_json();
        }
        item
    };
    Reply::json(200, state.family(family).map(item).collect())
}

/// `GET /applications/{uuid}` and the like.
pub(super) fn show(state: &State, family: Family, uuid: &str) -> Answer {
    let now = state.now();
    let one = state.find(family, uuid)?;
    let mut body = json(state, one, now);
    if let Kind::Service(stack) = &one.kind {
        stack.add_to(&mut body, one.condition(now), one.status(now));
        if state.version >= Version::V4_3 {
            body["destination"] = state.destination_json();
        }
    }
    Ok(Reply::json(200, body))
}

fn json(state: &State, one: &Resource, now: Instant) -> Value {
    match &one.kind {
        Kind::Database(flavor) => databases::json(one, flavor, now),
        Kind::Application(_) => application_json(state, one, now),
        Kind::Service(_) => one.json(now),
    }
}

/// Domains of a compose application are a JSON text of an object, not the array that was written.
fn application_json(state: &State, one: &Resource, now: Instant) -> Value {
    let mut body = one.json(now);
    let (restarts, last) = one.restarts(now, state.pace).unzip();
    body["restart_count"] = json!(restarts.unwrap_or(0));
    body["last_restart_type"] = json!(last.map(|_| "crash"));
    body["last_restart_at"] = json!(last);
    // A column without a type: as the database writes it.
    body["last_online_at"] = json!(untyped(one.updated));
    if state.version >= Version::V4_1 {
        body["max_restart_count"] =
            one.fields.get("max_restart_count").cloned().unwrap_or(json!(10));
    }
    if let domains @ Value::Object(_) = &body["docker_compose_domains"] {
        body["docker_compose_domains"] = json!(domains.to_string());
    }
    body
}

fn untyped(at: Timestamp) -> String {
    let text = at.to_string().replacen('T', " ", 1);
    text.split('.').next().unwrap_or_default().trim_end_matches('Z').to_owned()
}

/// `GET /applications/{uuid}/logs`: of the first container, while it runs.
pub(super) fn logs(state: &State, uuid: &str) -> Answer {
    let one = state.find(Family::Application, uuid)?;
    if !one.is_up(state.now()) {
        return Err(errors::message(400, "Application is not running."));
    }
    Ok(Reply::json(200, json!({ "logs": format!("{} listens\n", one.name()) })))
}
