//! `/applications/{uuid}/tags`.

use serde_json::{Value, json};

use super::route::{Route, route};
use crate::coolify::Version::V4_3;
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{random_uuid, text};
use crate::coolify::model::{CoolifyState, Family, Tag};
use crate::coolify::rules::body::{self, Field, Rule, field};
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/applications/{uuid}/tags", |state, _, at| list(state, at[0], 200)).since(V4_3),
    route("POST", "/applications/{uuid}/tags", |state, request, at| add(state, request, at[0]))
        .since(V4_3),
    route("DELETE", "/applications/{uuid}/tags/{tag}", |state, _, at| remove(state, at[0], at[1]))
        .since(V4_3),
];

const FIELDS: &[Field] =
    &[field("tag_name", Rule::Text, V4_3), field("tag_names", Rule::Array, V4_3)];

fn list(state: &CoolifyState, uuid: &str, status: u16) -> ReplyResult {
    state.find(Family::Application, uuid)?;
    let tags = state.attached.tags.iter().filter(|one| one.owner == uuid);
    let shown = tags.map(|one| {
        json!({ "uuid": one.uuid, "name": one.name,
                "created_at": one.created, "updated_at": one.created })
    });
    Ok(Reply::json(status, shown.collect()))
}

/// `POST …/tags`: adds those that the application does not have yet.
fn add(state: &mut CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    state.find(Family::Application, uuid)?;
    let mut errors = Errors::default();
    let listed = body.get("tag_names").and_then(Value::as_array);
    let names = listed.into_iter().flatten().filter_map(Value::as_str);
    let names: Vec<_> = text(&body, "tag_name").into_iter().chain(names).collect();
    if names.is_empty() {
        errors.add("tag_name", "The tag name field is required when tag names is not present.");
        errors.add("tag_names", "The tag names field is required when tag name is not present.");
    }
    body::check(&body, &[FIELDS], state.version, &mut errors);
    errors.check()?;
    for name in names {
        if !state.attached.tags.iter().any(|one| one.owner == uuid && one.name == name) {
            let (owner, name) = (uuid.to_owned(), name.to_owned());
            let tag = Tag { uuid: random_uuid(), owner, name, created: timestamp() };
            state.attached.tags.push(tag);
        }
    }
    list(state, uuid, 201)
}

/// `DELETE …/tags/{tag}`.
fn remove(state: &mut CoolifyState, uuid: &str, tag: &str) -> ReplyResult {
    state.find(Family::Application, uuid)?;
    let is_it = |one: &Tag| one.owner == uuid && one.uuid == tag;
    if !state.attached.tags.iter().any(is_it) {
        return Err(errors::not_found("Tag"));
    }
    state.attached.tags.retain(|one| !is_it(one));
    Ok(errors::message(200, "Tag removed."))
}
