//! The methods of MCP that this server has. Requests with others never reach rmcp, whose defaults answer
//! some methods that the capabilities do not declare.

use actix_web::HttpResponse;
use covibe_domain::names::displayable;
use serde_json::json;

use crate::mcp::envelope_detection::{Request, STATELESS};
use crate::responses;

/// The metadata of a request that has its version.
pub(super) const VERSION_MEMBER: &str = "io.modelcontextprotocol/protocolVersion";

/// The methods of every version.
const SHARED: [&str; 8] = [
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "server/discover",
    "tools/call",
    "tools/list",
];

/// The methods of the versions with a handshake only.
const OF_HANDSHAKE: [&str; 2] = ["initialize", "ping"];

const METHOD_NOT_FOUND: i32 = -32601;

/// Returns the answer to a request whose method this server does not have in the request's version;
/// `None` for every other request and for notifications. `header` is the value of
/// `MCP-Protocol-Version`.
pub(super) fn refuse(request: &Request, header: Option<&str>) -> Option<HttpResponse> {
    let id = request.id.as_ref()?;
    let method = request.method.as_str();
    if SHARED.contains(&method) {
        return None;
    }
    let is_stateless = is_stateless(request, header);
    let is_of_handshake = OF_HANDSHAKE.contains(&method);
    if is_of_handshake && !is_stateless {
        return None;
    }
    let (message, hint) = if is_of_handshake {
        let message = format!("MCP {STATELESS} has no method `{method}`.");
        let hint =
            "Each request stands alone: send server/discover, tools/list or tools/call. For a \
                    handshake, use an earlier MCP-Protocol-Version."
                .to_owned();
        (message, hint)
    } else {
        let handshake: &[&str] = if is_stateless { &[] } else { &OF_HANDSHAKE };
        let methods = [handshake, &SHARED[..]].concat().join(", ");
        let message = format!("This server has no method `{}`.", displayable(method, 64));
        (message, format!("It has {methods}."))
    };
    let error = json!({ "code": METHOD_NOT_FOUND, "message": message, "data": { "hint": hint } });
    let status = if is_stateless { 404 } else { 200 };
    Some(responses::json(status, &json!({ "jsonrpc": "2.0", "id": id, "error": error })))
}

/// Returns whether a request is one of the version in which each request stands alone.
pub(super) fn is_stateless(request: &Request, header: Option<&str>) -> bool {
    header == Some(STATELESS) || version(request) == Some(STATELESS)
}

/// Returns the version that the parameters of a request declare.
fn version(request: &Request) -> Option<&str> {
    request.params.as_ref()?.get("_meta")?.get(VERSION_MEMBER)?.as_str()
}
