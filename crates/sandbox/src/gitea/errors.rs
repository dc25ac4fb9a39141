//! Gitea's refusals: `{"message","url"}`, and `errors` on a 404.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::core::wire::Reply;

/// The documentation's address, which Gitea adds whatever the instance's own address is.
const URL: &str = "https://docs.gitea.com/api/1.26/";

/// Returns `{"message","url"}`.
pub(crate) fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, json!({ "message": text, "url": URL }))
}

/// Returns the 404, which hides what the caller may not see too and so says nothing more.
pub(crate) fn not_found() -> Reply {
    let text = "The target couldn't be found.";
    Reply::json(404, json!({ "errors": Value::Null, "message": text, "url": URL }))
}

/// Returns a 422.
pub(crate) fn invalid(text: &str) -> Reply {
    message(422, text)
}

/// Returns the 422 for an absent field, by its name in Go.
pub(crate) fn required(field: &str) -> Reply {
    invalid(&format!("[{field}]: Required"))
}

/// Returns the 409 for what a repository without a commit can't answer.
pub(crate) fn empty_repository() -> Reply {
    message(409, "Git Repository is empty.")
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
        422 => required("Name"),
        429 => message(429, "Too Many Requests").header("Retry-After", &1),
        500 => message(500, ""),
        other => message(other, "error"),
    }
}
