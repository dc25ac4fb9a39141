//! `/services/{uuid}/envs`: without preview copies, and with fewer checks than applications have.

use serde_json::Value;

use crate::coolify::answer_json;
use crate::coolify::errors;
use crate::coolify::model::{CoolifyState, Family, Kind, Variable};
use crate::coolify::routes::resources::delete_variable;
use crate::coolify::rules::body;
use crate::coolify::rules::env_variables::{bulk_items, check_of_service};
use crate::core::request_types::{Reply, ReplyResult, Request};

fn variables<'a>(state: &'a mut CoolifyState, uuid: &str) -> Result<&'a mut Vec<Variable>, Reply> {
    match &mut state.find_mut(Family::Service, uuid)?.kind {
        Kind::Service(stack) => Ok(&mut stack.variables),
        _ => Err(errors::not_found("Service")),
    }
}

/// `GET /services/{uuid}/envs`.
pub(super) fn list(state: &mut CoolifyState, uuid: &str) -> ReplyResult {
    let version = state.version;
    Ok(Reply::json(200, answer_json::resources::variables(variables(state, uuid)?, version)))
}

/// `POST /services/{uuid}/envs`: answers the whole variable, not only its uuid.
pub(super) fn create(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let (version, now) = (state.version, state.timestamp());
    check_of_service(&body, version)?;
    let variables = variables(state, uuid)?;
    if variables.iter().any(|one| one.key == Variable::key_of(&body)) {
        return Err(errors::refusal(409));
    }
    let variable = Variable::of_service(&body, now);
    variables.push(variable.clone());
    Ok(Reply::json(201, answer_json::resources::variable(&variable, version)))
}

/// `PATCH /services/{uuid}/envs`: by key. Flags that are left out stay; a value does not.
pub(super) fn update(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let mut body = body::object(request)?;
    let (version, now) = (state.version, state.timestamp());
    check_of_service(&body, version)?;
    let key = Variable::key_of(&body);
    let found = variables(state, uuid)?.iter_mut().find(|one| one.key == key);
    let variable = found.ok_or_else(|| errors::not_found("Environment variable"))?;
    body.entry("value").or_insert(Value::Null);
    variable.fill(&body, now);
    Ok(Reply::json(201, answer_json::resources::variable(variable, version)))
}

/// `PATCH /services/{uuid}/envs/bulk`: `updateOrCreate` of each item with everything that it has.
/// Items before a bad one stay.
pub(super) fn bulk(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let (version, now) = (state.version, state.timestamp());
    let variables = variables(state, uuid)?;
    let mut written = Vec::new();
    for item in bulk_items(&body)? {
        let item = item.as_object().cloned().unwrap_or_default();
        check_of_service(&item, version)?;
        let key = Variable::key_of(&item);
        let variable = if let Some(variable) = variables.iter_mut().find(|one| one.key == key) {
            variable.fill(&item, now);
            variable.clone()
        } else {
            let variable = Variable::of_service(&item, now);
            variables.push(variable.clone());
            variable
        };
        written.push(answer_json::resources::variable(&variable, version));
    }
    Ok(Reply::json(201, Value::Array(written)))
}

/// `DELETE /services/{uuid}/envs/{env}`.
pub(super) fn delete(state: &mut CoolifyState, uuid: &str, variable: &str) -> ReplyResult {
    delete_variable(variables(state, uuid)?, variable)
}
