//! Answers: JSON, never a text of the framework.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use covibe_domain::failure::whole_seconds;
use covibe_domain::{Failure, Kind};
use serde::Serialize;

/// Returns an answer with this value.
pub(super) fn json(status: u16, value: &impl Serialize) -> HttpResponse {
    let text = serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be serialized");
        "{}".to_owned()
    });
    json_text(status, text)
}

/// Returns an answer with this JSON text.
pub(super) fn json_text(status: u16, text: String) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status)
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(text)
}

/// Returns the answer for a failure.
pub(super) fn failure(failure: &Failure) -> HttpResponse {
    with_status(failure.kind.status(), failure)
}

/// Returns the answer for a failure with a status that no kind has.
pub(super) fn with_status(status: u16, failure: &Failure) -> HttpResponse {
    let mut response = json(status, &failure.body());
    let headers = response.headers_mut();
    if failure.kind == Kind::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = failure.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    response
}

/// Returns the answer for an outcome.
pub(super) fn outcome<T: Serialize>(status: u16, outcome: Result<T, Failure>) -> HttpResponse {
    match outcome {
        Ok(value) => json(status, &value),
        Err(refusal) => failure(&refusal),
    }
}
