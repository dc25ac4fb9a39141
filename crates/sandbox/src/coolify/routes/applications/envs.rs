//! `/applications/{uuid}/envs`: production variables, and the preview copies that come with them.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use crate::coolify::answer_json;
use crate::coolify::errors;
use crate::coolify::json_values::{Object, is_on};
use crate::coolify::model::{CoolifyState, Family, Kind, Variable};
use crate::coolify::routes::resources::delete_variable;
use crate::coolify::rules::body;
use crate::coolify::rules::env_variables::{APPLICATION_FIELDS, bulk_items, check_of_application};
use crate::core::request_types::{Reply, ReplyResult, Request};

fn variables<'a>(state: &'a mut CoolifyState, uuid: &str) -> Result<&'a mut Vec<Variable>, Reply> {
    match &mut state.find_mut(Family::Application, uuid)?.kind {
        Kind::Application(variables) => Ok(variables),
        _ => Err(errors::not_found("Application")),
    }
}

fn find<'a>(variables: &'a mut [Variable], item: &Object) -> Option<&'a mut Variable> {
    let (key, is_preview) = (Variable::key_of(item), is_on(item, "is_preview"));
    variables.iter_mut().find(|one| one.key == key && one.is_preview == is_preview)
}

/// Adds a variable and, for a production one, its preview copy if there is none.
fn add(variables: &mut Vec<Variable>, item: &Object, now: Timestamp) -> Variable {
    let variable = Variable::of_application(item, now);
    variables.push(variable.clone());
    let has_copy = variables.iter().any(|other| other.is_preview && other.key == variable.key);
    if !variable.is_preview && !has_copy {
        variables.push(variable.preview_copy());
    }
    variable
}

/// `GET …/envs`: production, then preview.
pub(super) fn list(state: &mut CoolifyState, uuid: &str) -> ReplyResult {
    let version = state.version;
    let mut sorted = variables(state, uuid)?.clone();
    sorted.sort_by_key(|variable| variable.is_preview);
    Ok(Reply::json(200, answer_json::resources::variables(&sorted, version)))
}

/// `POST …/envs`.
pub(super) fn create(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    check_of_application(&body, state.version)?;
    let now = state.timestamp();
    let variables = variables(state, uuid)?;
    if find(variables, &body).is_some() {
        return Err(errors::refusal(409));
    }
    Ok(Reply::json(201, json!({ "uuid": add(variables, &body, now).uuid })))
}

/// `PATCH …/envs`: by key and `is_preview`; answers 201 with the variable.
pub(super) fn update(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let (version, now) = (state.version, state.timestamp());
    check_of_application(&body, version)?;
    let variable = find(variables(state, uuid)?, &body);
    let variable = variable.ok_or_else(|| errors::not_found("Environment variable"))?;
    variable.overwrite(&body, now);
    Ok(Reply::json(201, answer_json::resources::variable(variable, version)))
}

/// `PATCH …/envs/bulk`: an upsert. Unknown members are dropped, and items before a bad one stay.
pub(super) fn bulk(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let (version, now) = (state.version, state.timestamp());
    let variables = variables(state, uuid)?;
    let mut written = Vec::new();
    for item in bulk_items(&body)? {
        let mut item = item.as_object().cloned().unwrap_or_default();
        item.retain(|name, _| APPLICATION_FIELDS.iter().any(|field| field.name == name));
        check_of_application(&item, version)?;
        let variable = match find(variables, &item) {
            Some(variable) => {
                variable.overwrite(&item, now);
                variable.clone()
            }
            None => add(variables, &item, now),
        };
        written.push(answer_json::resources::variable(&variable, version));
    }
    Ok(Reply::json(201, Value::Array(written)))
}

/// `DELETE …/envs/{env}`: only that variable; its copy stays.
pub(super) fn delete(state: &mut CoolifyState, uuid: &str, variable: &str) -> ReplyResult {
    delete_variable(variables(state, uuid)?, variable)
}
