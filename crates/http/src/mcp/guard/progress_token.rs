//! The token by which a client recognizes the progress of its request. Each notification repeats it.

use actix_web::HttpResponse;
use serde_json::json;

use super::methods::is_stateless;
use crate::mcp::envelope_detection::Request;
use crate::responses;

/// The longest token, in bytes.
const MAX_TOKEN: usize = 256;

const INVALID_PARAMS: i32 = -32602;

/// Returns the answer to a request whose progress token is too long; `None` for every other request.
/// `header` is the value of `MCP-Protocol-Version`.
pub(super) fn refuse(request: &Request, header: Option<&str>) -> Option<HttpResponse> {
    let id = request.id.as_ref()?;
    let token = request.params.as_ref()?.get("_meta")?.get("progressToken")?;
    token.as_str().filter(|token| token.len() > MAX_TOKEN)?;
    let message = format!("`progressToken` is longer than {MAX_TOKEN} bytes.");
    let data = json!({ "hint": "Nothing was changed. Pass a shorter one, or leave it out." });
    let error = json!({ "code": INVALID_PARAMS, "message": message, "data": data });
    let status = if is_stateless(request, header) { 400 } else { 200 };
    Some(responses::json(status, &json!({ "jsonrpc": "2.0", "id": id, "error": error })))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn is_refused(token: &Value) -> bool {
        let request = Request {
            method: "tools/call".to_owned(),
            id: Some(json!(1)),
            params: Some(json!({ "name": "apps_list", "_meta": { "progressToken": token } })),
        };
        refuse(&request, None).is_some()
    }

    #[test]
    fn rejects_a_progress_token_above_256_bytes() {
        assert!(is_refused(&json!("a".repeat(257))) && is_refused(&json!("é".repeat(129))));
        for token in [json!("a".repeat(256)), json!(7), json!(null)] {
            assert!(!is_refused(&token), "{token}");
        }
    }
}
