//! The check of every request before its route: where it is addressed to, who sent it, and what it carries.
//!
//! Every caller presents the token, on loopback, too: programs of other users and the runner's own jobs can connect there. A
//! web page can send requests to loopback addresses as well: with an `Origin`, or as a form; by a name that it lets point
//! here, with a foreign `Host`.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN};
use actix_web::http::uri::Authority;
use actix_web::middleware::Next;
use covibe_agent_servers::agent::runner_proof::HEALTH;
use covibe_domain::own_origins::{Arrival, Doors};
use covibe_domain::{Failure, Kind, Secret};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::answer;

/// The status of a body that is not JSON.
const UNSUPPORTED_MEDIA_TYPE: u16 = 415;

/// The rules for requests.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) is_loopback: bool,
    pub(super) token: Secret,
}

/// Refuses requests that the rules do not let in.
pub(super) async fn guard<B: MessageBody + 'static>(
    rules: Rules,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match rules.check(&request) {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Err((status, refusal)) => Ok(request.into_response(answer::with_status(status, &refusal))),
    }
}

impl Rules {
    fn check(&self, request: &ServiceRequest) -> Result<(), (u16, Failure)> {
        let with_kind = |failure: Failure| (failure.kind.status(), failure);
        self.check_sender(request).map_err(with_kind)?;
        // Everybody may ask for the health: a caller does so before it sends the token.
        if request.path() != HEALTH {
            self.check_token(request.headers()).map_err(with_kind)?;
        }
        if request.method() == Method::POST && !is_json(request.headers()) {
            let failure = Failure::invalid("The Content-Type is not application/json.");
            return Err((UNSUPPORTED_MEDIA_TYPE, failure));
        }
        Ok(())
    }

    fn check_sender(&self, request: &ServiceRequest) -> Result<(), Failure> {
        let headers = request.headers();
        if headers.contains_key(ORIGIN) {
            return Err(Failure::forbidden("Requests from web pages are not allowed."));
        }
        if !self.is_loopback {
            return Ok(());
        }
        let arrival = Arrival {
            authority: request.uri().authority().map(Authority::as_str),
            host: headers.get(HOST).map(HeaderValue::as_bytes),
            origins: Vec::new(),
        };
        Doors::default().check(&arrival).map_err(|_| {
            Failure::forbidden("This host name is not allowed.")
                .hint("Use localhost, 127.0.0.1 or [::1] with the runner's port.")
        })
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let header = headers.get(AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
        let is_bearer = header.get(..7).is_some_and(|it| it.eq_ignore_ascii_case(b"Bearer "));
        let presented = header.get(7..).unwrap_or_default();
        // Digests are of the same length, and say nothing about how much of a token is right.
        let [presented, expected] = [presented, self.token.expose().as_bytes()].map(Sha256::digest);
        if is_bearer && bool::from(presented.as_slice().ct_eq(expected.as_slice())) {
            return Ok(());
        }
        Err(Failure::new(Kind::Unauthenticated, "The token is missing or wrong.")
            .hint(
                "Send Authorization: Bearer and the runner's AGENT_RUNNER_TOKEN; without that variable, the token is in the \
                 file `token` of its AGENT_RUNNER_HOME.",
            ))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
