//! Gitea's failures: `{"message","url"}`, and `errors` on a 404.

use serde_json::{Value, json};

use crate::wire::Reply;

/// Where Gitea sends the reader of a failure, whatever the instance's own address.
const URL: &str = "https://docs.gitea.com/api/1.26/";

/// `{"message","url"}`.
pub(super) fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, json!({ "message": text, "url": URL }))
}

/// 404: also of what the caller may not see, which is why it says nothing more.
pub(super) fn not_found() -> Reply {
    let text = "The target couldn't be found.";
    Reply::json(404, json!({ "errors": Value::Null, "message": text, "url": URL }))
}

/// 422 of a binding: the field as Go names it.
pub(super) fn required(field: &str) -> Reply {
    message(422, &format!("[{field}]: Required"))
}

/// The failure of that status; the one of 500 is empty, as it is to everybody but an admin.
pub(super) fn refusal(status: u16) -> Reply {
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
