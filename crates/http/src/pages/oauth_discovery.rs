//! The paths at which clients look for an OAuth server. They answer that this server takes API keys,
//! in the form whose description OAuth clients show to people (RFC 6749 section 5.2).

use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::responses;

const EXPLANATION: &str = "This server does not use OAuth. Send an API key in the header \
                           Authorization: Bearer vibn_sk_…, and configure the client with it; \
                           `covibe-server connect CLIENT` prints the configuration.";

/// Where metadata is looked for, including with the path of the resource behind it.
const METADATA: [&str; 3] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/openid-configuration",
];

/// Where clients register, ask for consent and exchange codes if there is no metadata.
const ENDPOINTS: [&str; 3] = ["/register", "/authorize", "/token"];

/// Adds the routes.
pub(crate) fn routes(routes: &mut ServiceConfig) {
    for path in METADATA {
        let resource = web::resource([path.to_owned(), format!("{path}/{{tail:.*}}")]);
        routes.service(resource.default_service(web::to(|| refusal(404))));
    }
    for path in ENDPOINTS {
        routes.service(web::resource(path).default_service(web::to(|| refusal(400))));
    }
}

fn refusal(status: u16) -> std::future::Ready<HttpResponse> {
    let body = json!({ "error": "invalid_request", "error_description": EXPLANATION });
    std::future::ready(responses::json(status, &body))
}
