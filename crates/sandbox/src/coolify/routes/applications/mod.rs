//! `/applications`.

mod create;
mod envs;
mod rollback;
mod update;

use serde_json::json;

use self::create::Source;
use super::route::{Route, route};
use super::{resources, services};
use crate::coolify::Version::{Beta473, V4_3};
use crate::coolify::container_output;
use crate::coolify::errors;
use crate::coolify::model::CoolifyState;
use crate::coolify::model::Family::{self, Application};
use crate::core::request_types::{Reply, ReplyResult, Request};

pub(super) const ROUTES: &[Route] = &[
    route("POST", "/applications/public", |state, request, _| {
        create::create(state, request, Source::Public)
    }),
    route("POST", "/applications/private-deploy-key", |state, request, _| {
        create::create(state, request, Source::DeployKey)
    }),
    route("POST", "/applications/dockerimage", |state, request, _| {
        create::create(state, request, Source::DockerImage)
    }),
    route("POST", "/applications/dockerfile", |state, request, _| {
        create::create(state, request, Source::Dockerfile)
    }),
    // It always created a service; gone since 4.1.0.
    route("POST", "/applications/dockercompose", |state, request, _| {
        services::create(state, request)
    })
    .until(Beta473),
    route("GET", "/applications", |state, _, _| Ok(resources::list(state, Application))),
    route("GET", "/applications/{uuid}", |state, _, at| resources::show(state, Application, at[0])),
    route("PATCH", "/applications/{uuid}", |state, request, at| {
        update::update(state, request, at[0])
    }),
    route("DELETE", "/applications/{uuid}", |state, request, at| {
        resources::delete(state, request, Application, at[0])
    }),
    route("GET", "/applications/{uuid}/logs", |state, request, at| logs(state, request, at[0])),
    route("GET", "/applications/{uuid}/rollback-images", |state, _, at| {
        rollback::images(state, at[0])
    })
    .since(V4_3),
    route("POST", "/applications/{uuid}/rollback", |state, request, at| {
        rollback::roll_back(state, request, at[0])
    })
    .since(V4_3),
    route("GET", "/applications/{uuid}/envs", |state, _, at| envs::list(state, at[0])),
    route("POST", "/applications/{uuid}/envs", |state, request, at| {
        envs::create(state, request, at[0])
    }),
    route("PATCH", "/applications/{uuid}/envs", |state, request, at| {
        envs::update(state, request, at[0])
    }),
    route("PATCH", "/applications/{uuid}/envs/bulk", |state, request, at| {
        envs::bulk(state, request, at[0])
    }),
    route("DELETE", "/applications/{uuid}/envs/{env}", |state, _, at| {
        envs::delete(state, at[0], at[1])
    }),
];

/// `GET /applications/{uuid}/logs?lines=`: the end of that of the first container, while it runs.
fn logs(state: &CoolifyState, request: &Request, uuid: &str) -> ReplyResult {
    let one = state.find(Family::Application, uuid)?;
    if state.host.is_lost() {
        return Err(errors::host_lost());
    }
    if !one.is_up(state.now()) {
        return Err(errors::message(400, "Application is not running."));
    }
    let lines = container_output::lines(request.query.get("lines").map(String::as_str));
    Ok(Reply::json(200, json!({ "logs": state.printed.end_of(one.name(), &one.uuid, lines) })))
}
