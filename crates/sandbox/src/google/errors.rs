//! Google's refusals: `{"error":{"code","message","errors":[{"reason"}]}}`, and those of the token endpoint.

use serde_json::json;

use crate::core::request_types::{Body, Reply};

/// Returns a refusal of an API.
pub(super) fn api(status: u16, reason: &str, message: &str) -> Reply {
    let one = json!({ "domain": "global", "reason": reason, "message": message });
    let error = json!({ "code": status, "message": message, "errors": [one] });
    Reply::json(status, json!({ "error": error }))
}

/// Returns a refusal of the token endpoint (RFC 6749, 5.2).
pub(super) fn token(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, json!({ "error": error, "error_description": description }))
}

/// Returns what Google answers for a path that it does not know: a page.
pub(super) fn no_route() -> Reply {
    page(404, "The requested URL was not found on this server.")
}

/// Returns a page.
pub(super) fn page(status: u16, text: &str) -> Reply {
    let body = Body::Bytes("text/html; charset=UTF-8".to_owned(), text.as_bytes().to_vec());
    Reply { status, headers: Vec::new(), body }
}

/// Returns the refusal with that status, for faults.
pub(super) fn refusal(status: u16) -> Reply {
    match status {
        400 => api(400, "invalid", "Invalid value."),
        401 => api(401, "authError", "Request had invalid authentication credentials."),
        403 => api(403, "forbidden", "The caller does not have permission."),
        404 => api(404, "notFound", "The resource was not found."),
        409 => api(409, "alreadyExists", "The resource already exists."),
        412 => api(412, "conditionNotMet", "Precondition not met."),
        429 => api(429, "rateLimitExceeded", "Quota exceeded.").header("Retry-After", &1),
        other => api(other, "backendError", "Internal error."),
    }
}
