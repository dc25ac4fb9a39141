//! `GET /api/health`: whether this server can serve calls. It reveals nothing about where it runs.

use actix_web::{HttpRequest, Resource, web};
use covibe_dispatch::{AuditHealth, DatabaseHealth};
use covibe_operation::{VERSION, surface};
use serde_json::{Value, json};

use crate::answer;
use crate::app::App;
use crate::connection::is_draining;
use crate::doors::HEALTH_PATH;

/// Returns the route.
pub(crate) fn resource(app: &App) -> Resource {
    let registry = app.dispatcher.registry();
    let tools = json!({
        "version": VERSION,
        "count": registry.tools().count(),
        "digest": surface::digest(registry),
    });
    let app = app.clone();
    let get = web::get().to(move |request: HttpRequest| {
        let (app, tools) = (app.clone(), tools.clone());
        async move {
            let (status, health) = health(&app, &tools, is_draining(&request)).await;
            answer::json(status, &health)
        }
    });
    web::resource(HEALTH_PATH).route(get).default_service(web::to(|| answer::wrong_method("GET")))
}

async fn health(app: &App, tools: &Value, is_draining: bool) -> (u16, Value) {
    let DatabaseHealth { backend, state } = app.dispatcher.database_health().await;
    let database = match state {
        Some((is_current, isolation)) => json!({
            "backend": backend,
            "schema": if is_current { "current" } else { "stale" },
            "isolation": isolation,
        }),
        None => json!({ "backend": backend }),
    };
    let audit = app.dispatcher.audit_health();
    let serves = database["schema"] == "current" && audit != AuditHealth::Failing;
    let ok = serves && audit == AuditHealth::Ok;
    let status = match ok {
        _ if is_draining => "stopping",
        true => "ok",
        false => "degraded",
    };
    let body = json!({
        "status": status,
        "version": VERSION,
        "auth_mode": app.auth_mode,
        "database": database,
        "audit": word(audit),
        "tools": tools,
    });
    (if serves && !is_draining { 200 } else { 503 }, body)
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
