//! HTTP responses: JSON or the document of an operation, never a text of the framework.

mod server_sent_events;

use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, ALLOW, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, EntityTag, Header as _, HeaderMap,
    HeaderName, HeaderValue, IfNoneMatch, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpRequest, HttpResponse, web};
use covibe_domain::failure::whole_seconds;
use covibe_domain::names::displayable;
use covibe_domain::{Failure, Kind};
use covibe_operation::Document;
use covibe_operation::surface::digest_of;
use serde_json::Value;

pub(crate) use self::server_sent_events::{event, event_stream};

const NOSNIFF: HeaderName = HeaderName::from_static("x-content-type-options");
const CACHE: HeaderName = HeaderName::from_static("cache-control");

/// The challenge of RFC 6750. It is the same for every key that is not valid.
const CHALLENGE: HeaderValue = HeaderValue::from_static(
    "Bearer error=\"invalid_token\", error_description=\"No valid API key. Send Authorization: \
     Bearer vibn_sk_..., a key of this server that is neither revoked nor expired.\"",
);

/// Returns a response with this JSON text.
pub(crate) fn json_text(status: u16, text: impl Into<web::Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    HttpResponse::build(status).content_type("application/json").body(text.into())
}

/// Returns a response with this JSON value.
pub(crate) fn json(status: u16, value: &Value) -> HttpResponse {
    json_text(status, value.to_string())
}

/// Returns a response with this JSON text, which clients may cache if they revalidate it each time. A client that has
/// it gets 304.
pub(crate) fn kept_json(request: &HttpRequest, text: String) -> HttpResponse {
    let tag = EntityTag::new_strong(digest_of(&text));
    cacheable(request, &tag, text)
}

/// Returns the same for a text whose tag is known.
pub(crate) fn cacheable(
    request: &HttpRequest,
    tag: &EntityTag,
    text: impl Into<web::Bytes>,
) -> HttpResponse {
    let mut response = if is_known(request, tag) {
        HttpResponse::NotModified().finish()
    } else {
        json_text(200, text)
    };
    let headers = response.headers_mut();
    headers.insert(CACHE, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag.to_string()) {
        headers.insert(ETAG, tag);
    }
    response
}

/// Returns whether a client has the version with this tag.
pub(crate) fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        _ => false,
    }
}

/// Returns a response with a text that is not JSON.
pub(crate) fn document(status: u16, document: &Document, text: String) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let disposition = format!("inline; filename={}", document.file_name);
    HttpResponse::build(status)
        .content_type(document.media_type)
        .insert_header((CONTENT_DISPOSITION, disposition))
        .body(text)
}

/// Returns the response for a failure, the same in REST and in the compact envelope.
pub(crate) fn failure(failure: &Failure) -> HttpResponse {
    let mut response = json(failure.kind.status(), &failure.body());
    if failure.kind == Kind::Unauthenticated {
        response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    with_retry(response, failure)
}

/// Returns the same response with the time after which to try again, if the failure says one.
pub(crate) fn with_retry(mut response: HttpResponse, failure: &Failure) -> HttpResponse {
    if let Some(wait) = failure.retry_after {
        let seconds = HeaderValue::from(whole_seconds(wait));
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// Returns whether the client is a browser that shows the answer as a page.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Answers a request for a path that has no route.
pub(crate) fn no_such_path(request: &HttpRequest) -> HttpResponse {
    let path = displayable(request.path(), 100);
    let answer = Failure::not_found(format!("There is nothing at {path}."));
    failure(&answer.hint("GET /openapi.json lists the routes, GET /api/mcp the tools."))
}

/// Answers a request with a method that the path does not support.
pub(crate) fn wrong_method(allowed: &str) -> Ready<HttpResponse> {
    let body = serde_json::json!({ "error": "This path does not support this method.",
                                   "hint": format!("Use {allowed}.") });
    let mut response = json(405, &body);
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    ready(response)
}

/// Adds the headers of every response: no content sniffing, and no caching unless it is allowed.
pub(crate) fn with_security_headers<B: MessageBody>(
    mut response: ServiceResponse<B>,
) -> ServiceResponse<B> {
    let headers = response.headers_mut();
    headers.insert(NOSNIFF, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(&CACHE) {
        headers.insert(CACHE, HeaderValue::from_static("no-store"));
    }
    response
}

/// Returns whether a response is JSON.
pub(crate) fn is_json<B>(response: &ServiceResponse<B>) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}
