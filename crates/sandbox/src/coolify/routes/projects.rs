//! `/projects` and their environments.

use serde_json::json;

use super::route::{Route, route};
use crate::coolify::Version::Beta473;
use crate::coolify::answer_json;
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, text};
use crate::coolify::model::{CoolifyState, Environment};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects", |state, _, _| Ok(list(state))),
    route("POST", "/projects", |state, request, _| create(state, request)),
    route("GET", "/projects/{uuid}", |state, _, at| show(state, at[0])),
    route("PATCH", "/projects/{uuid}", |state, request, at| update(state, request, at[0])),
    route("DELETE", "/projects/{uuid}", |state, _, at| delete(state, at[0])),
    route("GET", "/projects/{uuid}/environments", |state, _, at| environments(state, at[0])),
    route("POST", "/projects/{uuid}/environments", |state, request, at| {
        create_environment(state, request, at[0])
    }),
    route("DELETE", "/projects/{uuid}/environments/{environment}", |state, _, at| {
        delete_environment(state, at[0], at[1])
    }),
    route("GET", "/projects/{uuid}/{environment}", |state, _, at| environment(state, at[0], at[1])),
];

/// The fields of a project and of an environment.
const FIELDS: &[Field] =
    &[field("name", Rule::Text, Beta473), field("description", Rule::Text, Beta473)];

const TOO_SHORT: &str = "The name must be at least 3 characters.";
const BAD_CHARACTERS: &str =
    "The name may only contain letters, numbers, spaces, and common punctuation.";

/// `GET /projects`.
fn list(state: &CoolifyState) -> Reply {
    Reply::json(200, state.projects.iter().map(answer_json::team::project_list_item).collect())
}

/// `GET /projects/{uuid}`: with environments.
fn show(state: &CoolifyState, uuid: &str) -> ReplyResult {
    Ok(Reply::json(200, answer_json::team::project_detail(state.project(uuid)?)))
}

/// Returns a checked body.
fn check_body(state: &CoolifyState, request: &Request) -> Result<Object, Reply> {
    let body = body::object(request)?;
    let mut errors = Errors::default();
    body::check(&body, &[FIELDS], state.version, &mut errors);
    if let Some(name) = text(&body, "name").filter(|name| !is_name(name)) {
        let length = name.chars().count();
        errors.add("name", if length < 3 { TOO_SHORT } else { BAD_CHARACTERS });
    }
    errors.check()?;
    Ok(body)
}

/// Returns a checked body that has a name.
fn checked_with_name(state: &CoolifyState, request: &Request) -> Result<Object, Reply> {
    let body = check_body(state, request)?;
    let mut errors = Errors::default();
    body::require(&body, &["name"], &mut errors);
    errors.check()?;
    Ok(body)
}

/// Returns whether a text is a name: 3 to 255 letters, digits, spaces and `-_.@/&()#,:+`.
fn is_name(name: &str) -> bool {
    (3..=255).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || " -_.@/&()#,:+".contains(c))
}

/// `POST /projects`: the name need not be unique.
fn create(state: &mut CoolifyState, request: &Request) -> ReplyResult {
    let body = checked_with_name(state, request)?;
    let name = text(&body, "name").unwrap_or_default();
    let uuid = state.add_project(name, text(&body, "description"));
    Ok(Reply::json(201, json!({ "uuid": uuid })))
}

/// `PATCH /projects/{uuid}`: answers 201.
fn update(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = check_body(state, request)?;
    let project = state.project_mut(uuid)?;
    if let Some(name) = text(&body, "name") {
        name.clone_into(&mut project.name);
    }
    if let Some(description) = text(&body, "description") {
        project.description = Some(description.to_owned());
    }
    let (name, description) = (&project.name, &project.description);
    Ok(Reply::json(201, json!({ "uuid": uuid, "name": name, "description": description })))
}

/// `DELETE /projects/{uuid}`: refused while it has resources.
fn delete(state: &mut CoolifyState, uuid: &str) -> ReplyResult {
    let environments = &state.project(uuid)?.environments;
    let is_in = |id: i64, environments: &[Environment]| environments.iter().any(|one| one.id == id);
    if state.resources.iter().any(|one| is_in(one.environment_id, environments)) {
        return Err(errors::message(400, "Project has resources, so it cannot be deleted."));
    }
    state.projects.retain(|project| project.uuid != uuid);
    Ok(errors::message(200, "Project deleted."))
}

/// `GET /projects/{uuid}/environments`.
fn environments(state: &CoolifyState, uuid: &str) -> ReplyResult {
    let environments = &state.project(uuid)?.environments;
    let body =
        environments.iter().map(|one| json!({ "id": one.id, "uuid": one.uuid, "name": one.name }));
    Ok(Reply::json(200, body.collect()))
}

/// `POST /projects/{uuid}/environments`: the name is unique within the project.
fn create_environment(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = checked_with_name(state, request)?;
    let name = text(&body, "name").unwrap_or_default();
    if state.project(uuid)?.environment(Some(name), None).is_some() {
        return Err(errors::message(409, "Environment with this name already exists."));
    }
    let environment = state.new_environment(name);
    let answer = json!({ "uuid": environment.uuid });
    state.project_mut(uuid)?.environments.push(environment);
    Ok(Reply::json(201, answer))
}

/// `DELETE /projects/{uuid}/environments/{environment}`: refused while it has resources.
fn delete_environment(state: &mut CoolifyState, uuid: &str, key: &str) -> ReplyResult {
    let environment = state.project(uuid)?.environment(Some(key), Some(key));
    let id = environment.ok_or_else(|| errors::not_found("Environment"))?.id;
    if state.resources.iter().any(|one| one.environment_id == id) {
        return Err(errors::message(400, "Environment has resources, so it cannot be deleted."));
    }
    state.project_mut(uuid)?.environments.retain(|one| one.id != id);
    Ok(errors::message(200, "Environment deleted."))
}

/// `GET /projects/{uuid}/{environment}`: by name or uuid.
fn environment(state: &CoolifyState, uuid: &str, key: &str) -> ReplyResult {
    let environment = state.project(uuid)?.environment(Some(key), Some(key));
    let environment = environment.ok_or_else(|| errors::not_found("Environment"))?;
    Ok(Reply::json(200, answer_json::resources::environment(state, environment)))
}
