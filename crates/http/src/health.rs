//! `GET /api/health`: whether this server is fit to take calls, and nothing about where it runs.

use actix_web::{Resource, web};
use covibe_store::{IsolationState, SchemaState};
use covibe_tools::{SURFACE_VERSION, surface};
use serde_json::{Value, json};

use crate::answer;
use crate::server::App;

/// Where it is.
pub(crate) const PATH: &str = "/api/health";

/// The route.
pub(crate) fn resource(app: &App) -> Resource {
    let registry = app.dispatcher.registry();
    let tools = json!({
        "version": SURFACE_VERSION,
        "count": registry.tools().count(),
        "digest": surface::digest(registry),
    });
    let app = app.clone();
    let get = web::get().to(move || {
        let (app, tools) = (app.clone(), tools.clone());
        async move {
            let (status, health) = health(&app, &tools).await;
            answer::json(status, &health)
        }
    });
    web::resource(PATH).route(get).default_service(web::to(|| answer::wrong_method("GET")))
}

async fn health(app: &App, tools: &Value) -> (u16, Value) {
    let backend = app.store.backend().to_string();
    let database = match app.store.health().await {
        Ok(found) => json!({
            "backend": backend,
            "schema": if found.schema == SchemaState::Current { "current" } else { "stale" },
            "isolation": match found.isolation {
                IsolationState::Enforced => "enforced",
                IsolationState::Embedded => "embedded",
            },
        }),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            json!({ "backend": backend })
        }
    };
    let ok = database["schema"] == "current";
    let body = json!({
        "status": if ok { "ok" } else { "degraded" },
        "version": SURFACE_VERSION,
        "auth_mode": app.auth_mode,
        "database": database,
        "tools": tools,
    });
    (if ok { 200 } else { 503 }, body)
}
