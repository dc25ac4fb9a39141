//! The guard in front of rmcp: authentication, envelopes, and JSON answers to every request.

mod forwarded_body;
mod methods;
mod progress_token;
mod readonly_switch;

use std::pin::Pin;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{
    ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use covibe_dispatch::{Caller, Credential, RequestPermit};
use covibe_domain::Failure;
use covibe_domain::entities::KeyAccess;
use futures_util::{Stream, stream};
use serde_json::json;

use self::readonly_switch::is_read_only;
use super::envelope_detection::{self, Envelope, Misread};
use super::guard_state::{GuardState, PATH};
use super::progress::AcceptsStream;
use super::{compact_envelope, direct_tool_calls};
use crate::connection::Streamed;
use crate::request_intake::Received;
use crate::{connection, request_intake, responses};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// The notification by which a client cancels a request.
const CANCELLED: &str = "notifications/cancelled";

/// The `Accept` header that rmcp requires. The answer is one JSON object, except for a client that
/// asks for progress and accepts a stream.
const JSON_OR_STREAM: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// Answers what rmcp is not needed for, and ensures that rmcp's answers are JSON.
pub(super) async fn guard<B: MessageBody + 'static>(
    state: GuardState,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // The scope matches every path below its own.
    if request.path().trim_end_matches('/') != PATH {
        let answer = responses::no_such_path(request.request());
        return Ok(request.into_response(answer));
    }
    if *request.method() != Method::POST {
        let answer = other_method(&state, &request).await;
        let answer = answer.unwrap_or_else(|refused| responses::failure(&refused));
        return Ok(request.into_response(answer));
    }
    let (request, mut payload) = request.into_parts();
    let outcome = receive(&state, &request, &mut payload).await;
    match outcome {
        Ok(received) => {
            let forwarded = forward(request, received);
            Box::pin(ensure_json(next.call(forwarded).await?)).await
        }
        Err(answer) => Ok(ServiceResponse::new(request, answer)),
    }
}

/// Copies the caller, its place, and whether it accepts a stream, to where the handler reads them.
pub(super) fn pass_caller(request: &HttpRequest, extensions: &mut rmcp::model::Extensions) {
    if let Some(caller) = request.extensions().get::<Caller>() {
        extensions.insert(caller.clone());
    }
    if let Some(place) = request.extensions().get::<Arc<RequestPermit>>() {
        extensions.insert(Arc::clone(place));
    }
    if let Some(accepts) = request.extensions().get::<AcceptsStream>() {
        extensions.insert(*accepts);
    }
}

/// Receives a request. Returns the response for what is not for rmcp as an error.
async fn receive(
    state: &GuardState,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Received, HttpResponse> {
    let received =
        request_intake::receive(&state.dispatcher, request, payload, credential(request)).await;
    let Received { caller, body, place } =
        received.map_err(|failure| responses::failure(&failure))?;
    connection::end_with_client(request);
    let narrowed =
        is_read_only(request.query_string()).map_err(|failure| responses::failure(&failure))?;
    let caller = if narrowed { caller.narrowed() } else { caller };
    match envelope_detection::read_envelope(&body) {
        Ok(Envelope::JsonRpc(mut rpc)) => {
            let version = request.headers().get(VERSION).and_then(|value| value.to_str().ok());
            if rpc.id.is_none() && rpc.method == CANCELLED {
                state.listed.running.cancel(&caller.principal.actor, rpc.params.as_ref());
            }
            let refused = methods::refuse(&rpc, version);
            if let Some(refused) = refused.or_else(|| progress_token::refuse(&rpc, version)) {
                return Err(refused);
            }
            let by = (&caller, &place);
            let answered = direct_tool_calls::answer(state, by, request.headers(), &mut rpc).await;
            if let Some(answered) = answered {
                return Err(answered);
            }
            let body = forwarded_body::write_body(&mut rpc, version).map_err(|answer| *answer)?;
            Ok(Received { caller, body, place })
        }
        Ok(Envelope::Compact { tool, params }) => {
            let call = compact_envelope::call(&state.dispatcher, (caller, place), &tool, params);
            Err(Box::pin(call).await)
        }
        Err(Misread::JsonRpc(code, message)) => Err(json_rpc_error(400, code, message)),
        Err(Misread::Other(failure)) => Err(responses::failure(&failure)),
    }
}

/// Returns the key that a request presents.
fn credential(request: &HttpRequest) -> Credential<'_> {
    let header = request.headers().get(AUTHORIZATION);
    Credential::Header(header.and_then(|value| value.to_str().ok()))
}

/// Returns the request as rmcp requires it. The body is JSON whatever its content type says, and
/// session headers are removed because there are no sessions.
fn forward(request: HttpRequest, received: Received) -> ServiceRequest {
    let Received { caller, body, place } = received;
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(place);
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/event-stream")) {
        request.extensions_mut().insert(AcceptsStream);
    }
    let once = stream::once(std::future::ready(Ok(body)));
    let payload: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(once);
    let mut forwarded = ServiceRequest::from_parts(request, Payload::Stream { payload });
    let headers = forwarded.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, JSON_OR_STREAM);
    headers.remove(SESSION);
    headers.remove(LAST_EVENT);
    forwarded
}

/// Answers `GET` with the description of the tools, unless the client asks for the stream of older
/// protocols, and refuses other methods. Some clients ask for the stream first and show what that answers, so one without
/// a valid key learns of the key there.
async fn other_method(
    state: &GuardState,
    request: &ServiceRequest,
) -> Result<HttpResponse, Failure> {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let stream_only = accept.is_some_and(|accept| accept.trim() == "text/event-stream");
    if *request.method() == Method::GET && !stream_only {
        let narrowed = is_read_only(request.query_string())?;
        let access = if narrowed { KeyAccess::Read } else { KeyAccess::Full };
        let description = state.listed.open_to(access).description.clone();
        let mut response = responses::json_text(200, description);
        response.extensions_mut().insert(Streamed::SHARED);
        return Ok(response);
    }
    if stream_only {
        request_intake::enter(&state.dispatcher, request.request(), credential(request.request()))
            .await?;
    }
    let body = json!({ "error": "This path supports GET and POST, but no event stream.",
                       "hint": "Send each request by POST." });
    let mut response = responses::json(405, &body);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
    Ok(response)
}

/// Replaces rmcp's plain-text errors, which a client that parses JSON must never receive, and gives
/// its JSON answers, which are streams of unknown length, a content length.
async fn ensure_json<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let status = response.status();
    if responses::is_json(&response) {
        let (request, response) = response.into_parts();
        let (head, body) = response.into_parts();
        let whole = to_bytes(body).await.map_err(Into::into)?;
        return Ok(ServiceResponse::new(request, head.set_body(whole).map_into_boxed_body()));
    }
    if status.is_success() {
        return Ok(response.map_into_boxed_body());
    }
    tracing::debug!(%status, "the MCP library refused a request");
    let answer = match status {
        StatusCode::METHOD_NOT_ALLOWED => json_rpc_error(405, -32600, "Method not allowed."),
        _ => json_rpc_error(400, -32600, "The request is not valid MCP."),
    };
    Ok(response.into_response(answer))
}

fn json_rpc_error(status: u16, code: i32, message: &str) -> HttpResponse {
    let data = json!({ "hint": "Nothing was changed. Correct the request, then retry." });
    let error = json!({ "code": code, "message": message, "data": data });
    responses::json(status, &json!({ "jsonrpc": "2.0", "id": null, "error": error }))
}
