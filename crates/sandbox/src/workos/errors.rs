//! The refusals of WorkOS: `{code, message, errors?}` of its API, `{error, error_description}` of OAuth 2,
//! and pages for browsers.

use serde_json::{Value, json};

use crate::core::request_types::Reply;

/// Returns a refusal of the API.
pub(super) fn api(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({ "code": code, "message": message }))
}

/// Returns a refusal that names what is wrong with a value.
pub(super) fn invalid(field: &str, code: &str) -> Reply {
    let one = json!({ "field": field, "code": code, "message": format!("{field} {code}") });
    let message = "Validation failed";
    Reply::json(422, json!({ "code": "unprocessable_entity", "message": message, "errors": [one] }))
}

/// Returns the refusal of a person whose address somebody has.
pub(super) fn email_taken() -> Reply {
    let one = json!({ "code": "email_not_available", "message": "This email is not available." });
    let message = "Could not create user.";
    Reply::json(422, json!({ "code": "user_creation_error", "message": message, "errors": [one] }))
}

/// Returns the refusal of something that does not exist.
pub(super) fn not_found(what: &str) -> Reply {
    api(404, "entity_not_found", &format!("{what} not found."))
}

/// Returns a refusal in the form of OAuth 2 (RFC 6749, 5.2).
pub(super) fn oauth(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, json!({ "error": error, "error_description": description }))
}

/// Returns the refusal of a code or of a token that is not valid.
pub(super) fn spent() -> Reply {
    oauth(400, "invalid_grant", "The code or token has expired or is invalid.")
}

/// Returns the refusal of a sign-in that needs the choice of an organisation.
pub(super) fn choose(pending: &str, organizations: &[Value]) -> Reply {
    let message = "The user must choose an organization to finish their authentication.";
    Reply::json(
        403,
        json!({
            "code": "organization_selection_required",
            "message": message,
            "pending_authentication_token": pending,
            "organizations": organizations,
        }),
    )
}

/// Returns a page that explains to a browser why it is not redirected.
pub(super) fn page(text: &str) -> Reply {
    let mut reply = Reply::text(&format!("<!doctype html><title>Error</title><p>{text}</p>"));
    reply.status = 400;
    reply
}

/// Returns the refusal with that status, for faults.
pub(super) fn refusal(status: u16) -> Reply {
    match status {
        400 => api(400, "invalid_request", "Invalid request."),
        401 => Reply::json(401, json!({ "message": "Unauthorized" })),
        403 => Reply::json(403, json!({ "message": "Forbidden" })),
        404 => not_found("Entity"),
        409 => api(409, "conflict", "It exists."),
        422 => invalid("name", "required"),
        429 => api(429, "rate_limit_exceeded", "Too many requests.").header("Retry-After", &1),
        other => api(other, "server_error", "Internal server error."),
    }
}
