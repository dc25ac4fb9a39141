//! Gitea's refusals: `{"message","url"}`, with `errors` on most 404s.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::core::request_types::{Body, Reply};

/// The documentation's address.
const URL: &str = "https://git.example.org/api/swagger";

/// Returns `{"message","url"}`.
pub(crate) fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, json!({ "message": text, "url": URL }))
}

/// Returns the 404, which hides what the caller may not see too and so says nothing more.
pub(crate) fn not_found() -> Reply {
    missing_object("not found", &Value::Null)
}

/// Returns the 404 for an object that git does not have.
pub(crate) fn missing_object(text: &str, errors: &Value) -> Reply {
    Reply::json(404, json!({ "errors": errors, "message": text, "url": URL }))
}

/// Returns the 404 for a user that a path names, which has no `errors`.
pub(crate) fn no_user(name: &str) -> Reply {
    message(404, &no_redirect(name))
}

/// Returns the 404 for an owner that a path names; `looked_up` is the function that failed.
pub(crate) fn no_owner(looked_up: &str, name: &str) -> Reply {
    missing_object(looked_up, &json!([no_redirect(name)]))
}

fn no_redirect(name: &str) -> String {
    format!("user redirect does not exist [name: {name}]")
}

/// Returns a plain text, as everything below the API's routes does.
pub(crate) fn plain(status: u16, text: &str) -> Reply {
    let kind = "text/plain; charset=utf-8".to_owned();
    Reply { status, headers: Vec::new(), body: Body::Bytes(kind, text.as_bytes().to_vec()) }
}

/// Returns the 404 for an unknown route.
pub(crate) fn no_route() -> Reply {
    plain(404, "404 page not found\n")
}

/// Returns a 422.
pub(crate) fn invalid(text: &str) -> Reply {
    message(422, text)
}

/// Returns the 422 for an absent field, by its name in Go.
pub(crate) fn missing_field(field: &str) -> Reply {
    invalid(&format!("[{field}]: Required"))
}

/// Returns the 409 for what a repository without a commit can't answer.
pub(crate) fn empty_repository() -> Reply {
    message(409, "Git Repository is empty.")
}

/// Returns the 401 for a call without credentials.
pub(crate) fn token_required() -> Reply {
    message(401, "token is required")
}

/// Returns a 500 with the error, because the simulator itself has failed.
pub(crate) fn internal(error: impl Display) -> Reply {
    message(500, &error.to_string())
}

/// Returns the refusal with that status. The 500 is empty, as it is for everybody but admins.
pub(crate) fn refusal(status: u16) -> Reply {
    match status {
        401 => message(401, "invalid username, password or token"),
        403 => message(403, "token does not have at least one of required scope(s)"),
        404 => not_found(),
        409 => message(409, "The repository with the same name already exists."),
        422 => missing_field("Name"),
        429 => message(429, "Too Many Requests").header("Retry-After", &1),
        500 => message(500, ""),
        other => message(other, "error"),
    }
}
