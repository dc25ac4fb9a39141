//! `/api/mcp`: MCP JSON-RPC of both eras, the compact envelope, and the self-description.

mod compact_envelope;
mod cookbook;
mod direct_tool_calls;
mod envelope_detection;
mod guard;
mod guard_state;
mod progress;
mod rmcp_handler;
mod running_calls;
mod tool_and_cookbook_lists;
mod tool_name_spelling;

use std::sync::Arc;

use actix_web::{Scope, middleware};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp_actix_web::transport::StreamableHttpService;

use self::guard_state::{GuardState, PATH};
use crate::app_state::App;
use crate::request_intake::MAX_BODY;

pub(crate) use tool_and_cookbook_lists::SharedLists;

/// Returns the route: the guard, and behind it rmcp.
pub(crate) fn resource(
    app: &App,
    listed: &SharedLists,
) -> Scope<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<actix_web::body::BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let state = GuardState { dispatcher: Arc::clone(&app.dispatcher), listed: listed.clone() };
    let handler = rmcp_handler::Handler::new(Arc::clone(&app.dispatcher), listed.clone());
    StreamableHttpService::builder()
        .service_factory(Arc::new(move || Ok(handler.clone())))
        .session_manager(Arc::new(NeverSessionManager::default()))
        .stateful_mode(false)
        .json_response(true)
        .max_request_body_bytes(MAX_BODY)
        // `Doors` checks both for every surface, and answers in JSON.
        .allowed_hosts(Vec::new())
        .allowed_origins(Vec::new())
        .on_request_fn(guard::pass_caller)
        .build()
        .scope_with_path(PATH)
        .wrap(middleware::from_fn(move |request, next| guard::guard(state.clone(), request, next)))
}
