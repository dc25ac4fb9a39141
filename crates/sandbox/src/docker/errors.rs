//! The refusals of a Docker Engine: `{"message":"…"}`.

use serde_json::json;

use crate::core::request_types::Reply;

/// The message of a 404 for a path that the engine does not serve.
pub(super) const NO_PAGE: &str = "page not found";

pub(super) fn message(status: u16, text: &str) -> Reply {
    Reply::json(status, json!({ "message": text }))
}

pub(super) fn no_page() -> Reply {
    message(404, NO_PAGE)
}

pub(super) fn no_container(id: &str) -> Reply {
    message(404, &format!("No such container: {id}"))
}

pub(super) fn no_image(id: &str) -> Reply {
    message(404, &format!("No such image: {id}"))
}

pub(super) fn no_exec(id: &str) -> Reply {
    message(404, &format!("No such exec instance: {id}"))
}

pub(super) fn no_volume(name: &str) -> Reply {
    message(404, &format!("get {name}: no such volume"))
}

pub(super) fn no_network(name: &str) -> Reply {
    message(404, &format!("network {name} not found"))
}

/// Refuses a text that is not a number, as Go's parser of that name does.
pub(super) fn no_number(parser: &str, text: &str) -> Reply {
    message(500, &format!("strconv.{parser}: parsing {text:?}: invalid syntax"))
}

/// Refuses a body or a filter that is no JSON, as Go's parser does.
pub(super) fn no_json(text: &[u8]) -> Reply {
    let first = text.first().copied().map_or('?', char::from);
    let text = format!("invalid character '{first}' looking for beginning of value");
    message(400, &text)
}

pub(super) fn server_error() -> Reply {
    message(500, "the engine is gone")
}

/// Returns the refusal with that status.
pub(super) fn refusal(status: u16) -> Reply {
    let text = match status {
        400 => "bad parameter",
        403 => "forbidden by the engine's authorization plugin",
        404 => NO_PAGE,
        409 => "conflict",
        429 => "toomanyrequests",
        503 => "This node is not a swarm manager.",
        _ => {
            "driver failed: write /var/lib/docker/containers/0/config.v2.json: no space left on device"
        }
    };
    message(status, text)
}
