//! Variables of services: no preview twins, fewer checks, and those that the file asks for.

use serde_json::Value;

use super::Version::{self, Beta473};
use super::body::{self, Field, Object, Rule};
use super::envs::{Env, key, key_complaint};
use super::errors::{self, Errors};
use super::resource::{Family, Kind};
use super::state::State;
use crate::wire::{Answer, Reply, Request};

/// What is checked of a variable: whatever else a body has is taken, and written down where there is
/// a column for it.
const CHECKED: &[Field] = &[
    Field("key", Rule::Text, Beta473),
    Field("value", Rule::Text, Beta473),
    Field("is_literal", Rule::Bool, Beta473),
    Field("is_multiline", Rule::Bool, Beta473),
    Field("is_shown_once", Rule::Bool, Beta473),
    Field("comment", Rule::Short(256), Beta473),
];

fn check(item: &Object, version: Version) -> Result<(), Reply> {
    let mut errors = Errors::default();
    let known = |name: &str| CHECKED.iter().any(|field| field.0 == name);
    let known = item.iter().filter(|(name, _)| known(name));
    let known: Object = known.map(|(name, value)| (name.clone(), value.clone())).collect();
    body::check(&known, &[CHECKED], version, &mut errors);
    body::require(item, &["key"], &mut errors);
    key_complaint(item, version, &mut errors);
    errors.check()
}

fn envs<'a>(state: &'a mut State, uuid: &str) -> Result<&'a mut Vec<Env>, Reply> {
    match &mut state.find_mut(Family::Service, uuid)?.kind {
        Kind::Service(stack) => Ok(&mut stack.envs),
        _ => Err(errors::not_found("Service")),
    }
}

/// `GET /services/{uuid}/envs`.
pub(super) fn list(state: &mut State, uuid: &str) -> Answer {
    let version = state.version;
    let envs = envs(state, uuid)?;
    Ok(Reply::json(200, envs.iter().map(|env| env.json(version)).collect()))
}

/// `POST /services/{uuid}/envs`: answers the whole variable, not its uuid alone.
pub(super) fn create(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    let version = state.version;
    check(&body, version)?;
    let envs = envs(state, uuid)?;
    if envs.iter().any(|env| env.key == key(&body)) {
        return Err(errors::refusal(409));
    }
    let env = Env::of_service(&body);
    envs.push(env.clone());
    Ok(Reply::json(201, env.json(version)))
}

/// `PATCH /services/{uuid}/envs`: by key; flags that are left out stay, a value does not.
pub(super) fn update(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let mut body = body::object(request)?;
    let version = state.version;
    check(&body, version)?;
    let found = envs(state, uuid)?.iter_mut().find(|env| env.key == key(&body));
    let env = found.ok_or_else(|| errors::not_found("Environment variable"))?;
    body.entry("value").or_insert(Value::Null);
    env.fill(&body);
    Ok(Reply::json(201, env.json(version)))
}

/// `PATCH /services/{uuid}/envs/bulk`: `updateOrCreate` of each item with all that it has; what is
/// before a bad one stays.
pub(super) fn bulk(state: &mut State, request: &Request, uuid: &str) -> Answer {
    let body = body::object(request)?;
    let version = state.version;
    let envs = envs(state, uuid)?;
    let mut written = Vec::new();
    for item in super::envs::items(&body)? {
        let item = item.as_object().cloned().unwrap_or_default();
        check(&item, version)?;
        let env = match envs.iter_mut().find(|env| env.key == key(&item)) {
            Some(env) => {
                env.fill(&item);
                env.clone()
            }
            None => Env::of_service(&item),
        };
        if envs.iter().all(|other| other.key != env.key) {
            envs.push(env.clone());
        }
        written.push(env.json(version));
    }
    Ok(Reply::json(201, Value::Array(written)))
}

/// `DELETE /services/{uuid}/envs/{uuid}`.
pub(super) fn delete(state: &mut State, uuid: &str, env: &str) -> Answer {
    super::envs::remove(envs(state, uuid)?, env)
}
