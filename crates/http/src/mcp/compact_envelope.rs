//! The compact envelope: `{"tool","params"}` → `{"result"}` or the failure's status and body.

use std::sync::Arc;

use actix_web::HttpResponse;
use covibe_dispatch::{Call, Dispatcher, RequestPermit, Surface};
use covibe_domain::Failure;
use covibe_identity::Caller;
use covibe_operation::JsonAnswer;
use serde_json::Value;

use crate::responses;

/// Runs a call of the compact envelope.
pub(super) async fn call(
    dispatcher: &Arc<Dispatcher>,
    (caller, place): (Caller, Arc<RequestPermit>),
    tool: &str,
    params: Value,
) -> HttpResponse {
    match run(dispatcher, (caller, place), tool, params).await {
        Ok(result) => responses::json_text(200, format!(r#"{{"result":{}}}"#, result.text())),
        Err(failure) => responses::failure(&failure),
    }
}

async fn run(
    dispatcher: &Arc<Dispatcher>,
    (caller, place): (Caller, Arc<RequestPermit>),
    name: &str,
    params: Value,
) -> Result<JsonAnswer, Failure> {
    let surface = Surface::Compact;
    let Some(tool) = dispatcher.registry().find(name).cloned() else {
        return Err(dispatcher.refuse_unknown_tool(&caller, name, surface, Some(&place)).await);
    };
    let place = Some(place);
    dispatcher.call(Call { caller, tool, params, surface, slug: None, progress: None, place }).await
}
