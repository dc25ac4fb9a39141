//! Coolify's ways to say no: message only, and the four shapes of `errors`.

use serde_json::{Map, Value, json};

use crate::wire::Reply;

const DOCS: &str = "https://coolify.io/docs";

/// `{"message"}`.
pub(super) fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, json!({ "message": text }))
}

/// 404 `{"message"}`, with the full stop that most controllers write.
pub(super) fn not_found(what: &str) -> Reply {
    message(404, &format!("{what} not found."))
}

/// The catch-all of a path that no route has.
pub(super) fn no_route() -> Reply {
    Reply::json(404, json!({ "message": "Not found.", "docs": DOCS }))
}

/// 422 with the `errors` given, whatever their shape.
pub(super) fn invalid(errors: Value) -> Reply {
    let mut body = json!({ "message": "Validation failed." });
    body["errors"] = errors;
    Reply::json(422, body)
}

/// 422, `errors` an object of field to one text (shape b).
pub(super) fn invalid_field(field: &str, text: &str) -> Reply {
    let mut errors = Map::new();
    errors.insert(field.to_owned(), json!(text));
    invalid(Value::Object(errors))
}

/// 400 of `validateIncomingRequest`.
pub(super) fn bad_request(error: &str) -> Reply {
    Reply::json(400, json!({ "message": "Invalid request.", "error": error }))
}

/// What Laravel answers to anything it did not expect.
pub(super) fn server_error() -> Reply {
    message(500, "Server Error")
}

/// Field → messages (shape a), collected before the answer.
#[derive(Default)]
pub(super) struct Errors(Map<String, Value>);

impl Errors {
    /// One more message about a field.
    pub(super) fn add(&mut self, field: &str, text: &str) {
        let texts = self.0.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(texts) = texts {
            texts.push(json!(text));
        }
    }

    /// The refusal, when there is a message.
    pub(super) fn check(self) -> Result<(), Reply> {
        if self.0.is_empty() { Ok(()) } else { Err(invalid(Value::Object(self.0))) }
    }
}

/// The failure of that status as some controller of Coolify words it.
///
/// 400 is the one of a token whose team is gone, 403 the one of the list of allowed addresses,
/// with its `success:true`.
pub(super) fn refusal(status: u16) -> Reply {
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
