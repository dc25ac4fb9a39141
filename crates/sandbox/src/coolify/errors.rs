//! Coolify's refusals: a message only, or one of the four shapes of `errors`.
//!
//! Shape a is an object of field to texts, b an object of field to one text, c a plain array of
//! texts, d a plain array of field names.

use serde_json::{Map, Value, json};

use crate::core::request_types::Reply;

/// The output of ssh when the host can't be reached.
pub(crate) const HOST_LOST: &str =
    "ssh: connect to host host.docker.internal port 22: Connection timed out";

const DOCS: &str = "https://coolify.io/docs";

/// Returns `{"message"}`.
pub(crate) fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, json!({ "message": text }))
}

/// Returns a 404 with the full stop that most controllers write.
pub(crate) fn not_found(what: &str) -> Reply {
    message(404, &format!("{what} not found."))
}

/// Returns the 404 of a path without a route.
pub(crate) fn no_route() -> Reply {
    Reply::json(404, json!({ "message": "Not found.", "docs": DOCS }))
}

/// Returns a 422 with those `errors`, in any shape.
pub(crate) fn invalid(errors: Value) -> Reply {
    let mut body = json!({ "message": "Validation failed." });
    body["errors"] = errors;
    Reply::json(422, body)
}

/// Returns a 422 whose `errors` are in shape b.
pub(crate) fn invalid_field(field: &str, text: &str) -> Reply {
    let mut errors = Map::new();
    errors.insert(field.to_owned(), json!(text));
    invalid(Value::Object(errors))
}

/// Returns the 400 of `validateIncomingRequest`.
pub(crate) fn bad_request(error: &str) -> Reply {
    Reply::json(400, json!({ "message": "Invalid request.", "error": error }))
}

/// Returns the answer to a call that inspects a host which can't be reached.
pub(crate) fn host_lost() -> Reply {
    Reply::json(500, json!({ "message": HOST_LOST, "exception": "RuntimeException" }))
}

/// Returns Laravel's answer to an unhandled exception.
pub(crate) fn server_error() -> Reply {
    message(500, "Server Error")
}

/// Messages by field, for an answer in shape a.
#[derive(Default)]
pub(crate) struct Errors(Map<String, Value>);

impl Errors {
    /// Adds a message about a field.
    pub(crate) fn add(&mut self, field: &str, text: &str) {
        let texts = self.0.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(texts) = texts {
            texts.push(json!(text));
        }
    }

    /// Returns the refusal if there is a message.
    pub(crate) fn check(self) -> Result<(), Reply> {
        if self.0.is_empty() { Ok(()) } else { Err(invalid(Value::Object(self.0))) }
    }
}

/// Returns the refusal with that status as one of Coolify's controllers words it.
///
/// The 400 is for a token whose team no longer exists; the 403, with its `success:true`, is for an address outside
/// the list of allowed ones.
pub(crate) fn refusal(status: u16) -> Reply {
    match status {
        400 => Reply::json(400, json!({ "message": "Invalid token.", "docs": DOCS })),
        401 => message(401, "Unauthenticated."),
        403 => Reply::json(
            403,
            json!({ "success": true, "message": "You are not allowed to access the API." }),
        ),
        404 => no_route(),
        405 => {
            message(405, "This endpoint has changed to a POST request.").header("Allow", &"POST")
        }
        409 => message(409, "Environment variable already exists. Use PATCH request to update it."),
        422 => invalid(json!({ "name": ["The name field is required."] })),
        429 => message(429, "Too Many Attempts.").header("Retry-After", &1),
        500 => server_error(),
        503 => message(503, "Service Unavailable"),
        other => message(other, "Error"),
    }
}
