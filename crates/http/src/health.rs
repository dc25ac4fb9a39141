//! `GET /api/health`: whether this server can serve calls, and `GET /api/live`: whether it runs. They reveal
//! nothing about where it runs.

use std::future::ready;

use actix_web::{HttpRequest, Resource, web};
use covibe_dispatch::{AuditHealth, DatabaseHealth, Readiness, UpstreamState};
use covibe_operation::VERSION;
use serde_json::{Map, Value, json};

use crate::app_state::App;
use crate::connection::is_draining;
use crate::connection::{HEALTH_PATH, LIVE_PATH};
use crate::responses;

/// Returns the route.
pub(crate) fn resource(app: &App) -> Resource {
    let app = app.clone();
    let get = web::get().to(move |request: HttpRequest| {
        let app = app.clone();
        async move {
            let (status, health) = health(&app, is_draining(&request)).await;
            responses::json(status, &health)
        }
    });
    web::resource(HEALTH_PATH)
        .route(get)
        .default_service(web::to(|| responses::wrong_method("GET")))
}

/// Returns the route of `GET /api/live`, which says only that the server runs.
pub(crate) fn live() -> Resource {
    let get = web::get().to(|| ready(responses::json(200, &json!({ "status": "ok" }))));
    web::resource(LIVE_PATH).route(get).default_service(web::to(|| responses::wrong_method("GET")))
}

async fn health(app: &App, is_draining: bool) -> (u16, Value) {
    let readiness = app.dispatcher.readiness().await;
    let (serves, ok) = (readiness.serves(), readiness.is_ok());
    let Readiness { database: DatabaseHealth { backend, state, is_low }, audit } = readiness;
    let database = match state {
        Some((is_current, isolation)) => json!({
            "backend": backend,
            "schema": if is_current { "current" } else { "stale" },
            "isolation": isolation,
        }),
        None => json!({ "backend": backend }),
    };
    let disk = if is_low { "low" } else { "ok" };
    let registry = app.dispatcher.registry();
    let status = match ok {
        _ if is_draining => "stopping",
        true => "ok",
        false => "degraded",
    };
    let body = json!({
        "status": status,
        "version": VERSION,
        "auth_mode": app.auth_mode.as_str(),
        "database": database,
        "audit": word(audit),
        "disk": disk,
        "deployment_queue": app.dispatcher.deployment_queue().condition.as_str(),
        "upstreams": upstreams(&app.dispatcher.upstreams()),
        "tools": {
            "version": VERSION,
            "count": registry.tools().count(),
            "digest": registry.digest(),
        },
    });
    (if serves && !is_draining { 200 } else { 503 }, body)
}

/// Returns what the last call of each upstream says about it. It does not count for the status: a server
/// whose upstream fails still answers what needs none, and another one would answer no better.
fn upstreams(states: &[UpstreamState]) -> Map<String, Value> {
    let of = |state: &UpstreamState| {
        let last = state.observed.last();
        let word = match last {
            None => "none",
            Some((_, true)) => "ok",
            Some((_, false)) => "failed",
        };
        let ago = last.map(|(ago, _)| ago.as_secs());
        (state.name.to_owned(), json!({ "last_call": word, "seconds_ago": ago }))
    };
    states.iter().map(of).collect()
}

/// Returns the word for the state of the audit.
const fn word(audit: AuditHealth) -> &'static str {
    match audit {
        AuditHealth::Ok => "ok",
        AuditHealth::Late => "late",
        AuditHealth::Broken => "broken",
        AuditHealth::Failing => "failing",
    }
}
