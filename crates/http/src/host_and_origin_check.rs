//! The check of `Host` and `Origin` before every route.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use covibe_domain::Failure;
use covibe_domain::own_origins::{Arrival, Doors};

use crate::connection::{count_foreign, is_check};
use crate::responses;

/// Refuses requests for other hosts and from pages of other origins. Checks of the server are exempt because load
/// balancers request them by address.
pub(crate) async fn guard<B: MessageBody + 'static>(
    doors: Doors,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let checked = if is_check(request.path()) { Ok(()) } else { check(&doors, &request) };
    match checked {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Err(refused) => {
            count_foreign(&request);
            Ok(request.into_response(responses::failure(&refused)))
        }
    }
}

/// Returns the origin under which a request that passed the check reached the server.
pub(crate) fn origin_of(doors: &Doors, headers: &HeaderMap) -> String {
    doors.origin_of(headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default())
}

/// The HTTP library refuses a second `Host`.
fn check(doors: &Doors, request: &ServiceRequest) -> Result<(), Failure> {
    let headers = request.headers();
    doors.check(&Arrival {
        authority: request.uri().authority().map(Authority::as_str),
        host: headers.get(HOST).map(HeaderValue::as_bytes),
        origins: headers.get_all(ORIGIN).map(HeaderValue::as_bytes).collect(),
    })
}
