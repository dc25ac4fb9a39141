//! `…/storages` of applications, databases and services.

use serde_json::json;

use super::route::{Route, route};
use crate::coolify::answer_json::storage::{self as view, Owner};
use crate::coolify::errors::{self, Errors};
use crate::coolify::json_values::{Object, is_on, text};
use crate::coolify::model::Family::{self, Application, Database, Service};
use crate::coolify::model::{CoolifyState, Kind, Source, Storage};
use crate::coolify::rules::body;
use crate::coolify::rules::storages as rules;
use crate::core::clock::timestamp;
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/applications/{uuid}/storages", |state, _, at| list(state, Application, at[0])),
    route("POST", "/applications/{uuid}/storages", |state, request, at| {
        create(state, request, Application, at[0])
    }),
    route("PATCH", "/applications/{uuid}/storages", |state, request, at| {
        update(state, request, Application, at[0])
    }),
    route("DELETE", "/applications/{uuid}/storages/{storage}", |state, _, at| {
        delete(state, Application, at[0], at[1])
    }),
    route("GET", "/databases/{uuid}/storages", |state, _, at| list(state, Database, at[0])),
    route("POST", "/databases/{uuid}/storages", |state, request, at| {
        create(state, request, Database, at[0])
    }),
    route("PATCH", "/databases/{uuid}/storages", |state, request, at| {
        update(state, request, Database, at[0])
    }),
    route("DELETE", "/databases/{uuid}/storages/{storage}", |state, _, at| {
        delete(state, Database, at[0], at[1])
    }),
    route("GET", "/services/{uuid}/storages", |state, _, at| list_of_service(state, at[0])),
];

/// `GET …/storages` of an application or database.
fn list(state: &CoolifyState, family: Family, uuid: &str) -> ReplyResult {
    let one = state.find(family, uuid)?;
    let class = one.class();
    let owner = || Owner { id: one.id, class: &class, is_part: false };
    let storages = state.attached.storages_of(uuid).map(|storage| (storage, owner()));
    Ok(Reply::json(200, view::list(storages)))
}

/// `GET /services/{uuid}/storages`: those of its containers.
fn list_of_service(state: &CoolifyState, uuid: &str) -> ReplyResult {
    let Kind::Service(stack) = &state.find(Service, uuid)?.kind else {
        return Err(errors::not_found("Service"));
    };
    let storages = stack.containers.iter().flat_map(|part| {
        let class = if part.is_database { "database" } else { "application" };
        let owner = move || Owner { id: part.id, class, is_part: true };
        state.attached.storages_of(&part.uuid).map(move |storage| (storage, owner()))
    });
    Ok(Reply::json(200, view::list(storages)))
}

/// `POST …/storages`: answers the storage; a name that the resource has already is a 500.
fn create(state: &mut CoolifyState, request: &Request, family: Family, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let (owner, class) = owner(state, family, uuid)?;
    rules::check_creation(&body, state.version)?;
    let source = rules::source(&body, uuid);
    let mount_path = text(&body, "mount_path").unwrap_or_default();
    let storage = Storage::new(state.next_id(), uuid, mount_path, source);
    let is_same = |other: &Storage| match (&other.source, &storage.source) {
        (Source::Persistent { name: a, .. }, Source::Persistent { name: b, .. }) => a == b,
        _ => false,
    };
    if state.attached.storages_of(uuid).any(is_same) {
        return Err(errors::server_error());
    }
    let shown = view::show(&storage, &Owner { id: owner, class: &class, is_part: false });
    state.attached.storages.push(storage);
    Ok(Reply::json(201, shown))
}

fn owner(state: &CoolifyState, family: Family, uuid: &str) -> Result<(i64, String), Reply> {
    let one = state.find(family, uuid)?;
    Ok((one.id, one.class()))
}

/// `PATCH …/storages`: by the body's `uuid` or `id`.
fn update(state: &mut CoolifyState, request: &Request, family: Family, uuid: &str) -> ReplyResult {
    let body = body::object(request)?;
    let (owner, class) = owner(state, family, uuid)?;
    rules::check_update(&body, state.version)?;
    let storage = find(state, uuid, |one| {
        text(&body, "uuid") == Some(&one.uuid) || body.get("id") == Some(&json!(one.id))
    })?;
    change(storage, &body, uuid);
    let shown = view::show(storage, &Owner { id: owner, class: &class, is_part: false });
    Ok(Reply::json(200, shown))
}

fn change(storage: &mut Storage, body: &Object, owner: &str) {
    if let Some(path) = text(body, "mount_path") {
        path.clone_into(&mut storage.mount_path);
    }
    match &mut storage.source {
        Source::Persistent { name, host_path } => {
            if let Some(given) = text(body, "name") {
                *name = format!("{owner}-{given}");
            }
            if let Some(given) = body.get("host_path") {
                *host_path = given.as_str().map(str::to_owned);
            }
        }
        Source::File { content, is_directory, .. } => {
            if let Some(given) = body.get("content") {
                *content = given.as_str().map(str::to_owned);
            }
            *is_directory |= is_on(body, "is_directory");
        }
    }
    storage.updated = timestamp();
}

/// `DELETE …/storages/{storage}`: docker's volume stays.
fn delete(state: &mut CoolifyState, family: Family, uuid: &str, storage: &str) -> ReplyResult {
    state.find(family, uuid)?;
    find(state, uuid, |one| one.uuid == storage)?;
    state.attached.storages.retain(|one| one.uuid != storage);
    Ok(errors::message(200, "Storage deleted."))
}

/// Returns a storage that can be changed.
fn find<'a>(
    state: &'a mut CoolifyState,
    owner: &str,
    is_it: impl Fn(&Storage) -> bool,
) -> Result<&'a mut Storage, Reply> {
    let mut storages = state.attached.storages.iter_mut();
    let found = storages.find(|one| one.owner == owner && is_it(one));
    let found = found.ok_or_else(|| errors::not_found("Storage"))?;
    if found.is_read_only {
        let mut errors = Errors::default();
        errors.add("storage", "This storage is read-only.");
        errors.check()?;
    }
    Ok(found)
}
