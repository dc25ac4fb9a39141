//! `/volumes` and `/system/df`.

use serde_json::{Value, json};

use super::super::answer_json;
use super::super::errors;
use super::super::filters::Filters;
use super::super::model::{Engine, Volume};
use super::query_and_version::Version;
use crate::coolify::Model;
use crate::core::request_types::{Reply, ReplyResult, Request};

/// `GET /volumes`.
pub(super) fn list(engine: &Engine, request: &Request) -> ReplyResult {
    let filters = Filters::read(request, &["dangling", "driver", "label", "name"])?;
    let is_listed = |one: &&Volume| {
        let is_used = !engine.users(&one.name).is_empty();
        filters.accept_labels(&one.labels)
            && filters.accepts("name", |name| one.name.contains(name))
            && filters.accepts("driver", |driver| driver == "local")
            && filters.accepts("dangling", |wanted| matches!(wanted, "1" | "true") != is_used)
    };
    let shown: Vec<_> =
        engine.volumes.values().filter(is_listed).map(answer_json::volume::show).collect();
    Ok(Reply::json(200, json!({ "Volumes": shown, "Warnings": null })))
}

/// `GET /volumes/{name}`.
pub(super) fn inspect(engine: &Engine, name: &str) -> ReplyResult {
    let found = engine.volumes.get(name).ok_or_else(|| errors::no_volume(name))?;
    Ok(Reply::json(200, answer_json::volume::show(found)))
}

/// `DELETE /volumes/{name}`: refused while a container mounts it, also one that does not run.
pub(super) fn remove(engine: &mut Engine, coolify: &mut Model, name: &str) -> ReplyResult {
    if !engine.volumes.contains_key(name) {
        return Err(errors::no_volume(name));
    }
    let users = engine.users(name).join(", ");
    if !users.is_empty() {
        let text = format!("remove {name}: volume is in use - [{users}]");
        return Err(errors::message(409, &text));
    }
    engine.volumes.remove(name);
    coolify.volumes.retain(|volume| volume != name);
    Ok(Reply::empty(204))
}

/// `GET /system/df`: the sizes of all volumes of the host. Before API 1.42 `type` was not known, and everything is
/// reported.
pub(super) fn usage(engine: &Engine, request: &Request, version: Version) -> Reply {
    let is_only_volumes =
        version >= (1, 42) && request.query.get("type").is_some_and(|kind| kind == "volume");
    let volumes = engine.volumes.values();
    let volumes: Vec<_> = volumes.map(|one| answer_json::volume::with_usage(engine, one)).collect();
    let containers = || -> Value {
        let all = engine.containers.iter().enumerate();
        all.map(|(place, one)| answer_json::container::show(engine, place, one)).collect()
    };
    let (images, containers, cache) = if is_only_volumes {
        (Value::Null, Value::Null, Value::Null)
    } else {
        (json!([]), containers(), json!([]))
    };
    Reply::json(
        200,
        json!({
            "LayersSize": 0, "Images": images, "Containers": containers, "Volumes": volumes,
            "BuildCache": cache,
        }),
    )
}
