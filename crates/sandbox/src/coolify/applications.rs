//! Reading applications, databases and services, and what an application is when it is new.

use std::time::Instant;

use serde_json::{Value, json};

use super::errors;
use super::resource::{Family, Kind, Resource};
use super::state::State;
use super::{databases, services};
use crate::wire::{Answer, Reply};

/// `GET /applications`, `/databases`, `/services`: all of the team, without pages.
pub(super) fn list(state: &State, family: Family) -> Reply {
    let now = Instant::now();
    Reply::json(200, state.family(family).map(|one| json(one, now)).collect())
}

/// `GET /applications/{uuid}` and the like.
pub(super) fn show(state: &State, family: Family, uuid: &str) -> Answer {
    let now = Instant::now();
    let one = state.find(family, uuid)?;
    let mut body = json(one, now);
    if let Kind::Service(children) = &one.kind {
        services::add_children(&mut body, children, one.status(now));
    }
    Ok(Reply::json(200, body))
}

fn json(one: &Resource, now: Instant) -> Value {
    match &one.kind {
        Kind::Database(flavor) => databases::json(one, flavor, now),
        Kind::Application(_) => application_json(one, now),
        Kind::Service(_) => one.json(now),
    }
}

/// Domains of a compose application are a JSON text of an object, not the array that was written.
fn application_json(one: &Resource, now: Instant) -> Value {
    let mut body = one.json(now);
    if let domains @ Value::Object(_) = &body["docker_compose_domains"] {
        body["docker_compose_domains"] = json!(domains.to_string());
    }
    body
}

/// `GET /applications/{uuid}/logs`: of the first container, while it runs.
pub(super) fn logs(state: &State, uuid: &str) -> Answer {
    let one = state.find(Family::Application, uuid)?;
    if !one.is_up(Instant::now()) {
        return Err(errors::message(400, "Application is not running."));
    }
    Ok(Reply::json(200, json!({ "logs": format!("{} listens\n", one.name()) })))
}
