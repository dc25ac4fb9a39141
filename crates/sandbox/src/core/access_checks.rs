//! Checks before every answer of a simulator: of `Host` and `Origin`, and of the token for the simulator's own
//! endpoints.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderValue, ORIGIN};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpResponse, HttpResponseBuilder};
use covibe_domain::Failure;
use covibe_domain::own_origins::{Arrival, Doors};
use serde_json::json;

use super::control_endpoints;
use super::shared_state::Host;

/// The header that carries the token.
const TOKEN: &str = "x-sandbox-token";

/// Refuses a request before its body is read: for a host that is not a loopback one, from a page of
/// another origin (both only where it `is_open` to every program of this machine), or for one of the
/// simulator's own endpoints without the token.
pub(crate) async fn guard<B: MessageBody + 'static>(
    host: Data<Host>,
    is_open: bool,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let refusal = match if is_open { check(&request) } else { Ok(()) } {
        Err(failure) => Some(error_response(HttpResponse::Forbidden(), &failure.message)),
        Ok(()) if lacks_token(&host, &request) => {
            let message = "The header X-Sandbox-Token must be the token that the sandbox printed.";
            Some(error_response(HttpResponse::Unauthorized(), message))
        }
        Ok(()) => None,
    };
    match refusal {
        Some(refusal) => Ok(request.into_response(refusal)),
        None => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
    }
}

fn check(request: &ServiceRequest) -> Result<(), Failure> {
    let headers = request.headers();
    Doors::default().check(&Arrival {
        authority: request.uri().authority().map(Authority::as_str),
        host: headers.get(HOST).map(HeaderValue::as_bytes),
        origins: headers.get_all(ORIGIN).map(HeaderValue::as_bytes).collect(),
    })
}

fn lacks_token(host: &Host, request: &ServiceRequest) -> bool {
    let given = request.headers().get(TOKEN).map(HeaderValue::as_bytes).unwrap_or_default();
    request.path().starts_with(control_endpoints::PREFIX) && !host.control_token.matches(given)
}

fn error_response(mut answer: HttpResponseBuilder, message: &str) -> HttpResponse {
    // The body was not read.
    answer.force_close().json(json!({ "error": message }))
}
