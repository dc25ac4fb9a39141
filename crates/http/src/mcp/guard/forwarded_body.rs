//! The body of a request as rmcp gets it.
//!
//! rmcp tries one type of request after the other, and reads the members in the order in which they arrive: with
//! `params` before `method`, it would read all parameters for each of the types. It keeps the metadata of a request
//! until the request has ended.

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::methods::{VERSION_MEMBER, is_stateless};
use crate::mcp::envelope_detection::Request;
use crate::responses;

/// The members of the metadata that rmcp and this server read.
const METADATA: [&str; 5] = [
    "progressToken",
    VERSION_MEMBER,
    "io.modelcontextprotocol/clientInfo",
    "io.modelcontextprotocol/clientCapabilities",
    "io.modelcontextprotocol/logLevel",
];

/// The maximum size of these members together, in bytes.
const MAX_METADATA: usize = 16 * 1024;

const INVALID_PARAMS: i32 = -32602;

#[derive(Serialize)]
struct Forwarded<'a> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a Value>,
}

/// Writes a request or a notification with its method first, and without the metadata that nobody reads. Returns the
/// answer to one with too much metadata as an error. `header` is the value of `MCP-Protocol-Version`.
pub(super) fn write_body(
    request: &mut Request,
    header: Option<&str>,
) -> Result<Bytes, Box<HttpResponse>> {
    let meta = request.params.as_mut().and_then(|params| params.get_mut("_meta"));
    if meta.is_some_and(|meta| reduce_metadata(meta) > MAX_METADATA) {
        return Err(Box::new(too_much_metadata(request, header)));
    }
    let Request { method, id, params } = &*request;
    let (id, params) = (id.as_ref(), params.as_ref());
    let forwarded = Forwarded { jsonrpc: "2.0", id, method, params };
    // rmcp refuses an empty body, but JSON values can always be written.
    Ok(serde_json::to_vec(&forwarded).unwrap_or_default().into())
}

/// Removes the metadata that nobody reads. Returns the size of the rest, in bytes.
fn reduce_metadata(meta: &mut Value) -> usize {
    if let Value::Object(members) = &mut *meta {
        members.retain(|name, _| METADATA.contains(&name.as_str()));
    }
    meta.to_string().len()
}

fn too_much_metadata(request: &Request, header: Option<&str>) -> HttpResponse {
    let data = json!({ "hint": "Nothing was changed. Pass less of it, or leave it out." });
    let message = "`_meta` is larger than 16 KiB.";
    let error = json!({ "code": INVALID_PARAMS, "message": message, "data": data });
    let status = if request.id.is_none() || is_stateless(request, header) { 400 } else { 200 };
    responses::json(status, &json!({ "jsonrpc": "2.0", "id": request.id, "error": error }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rmcp::model::ClientJsonRpcMessage;

    use super::*;
    use crate::mcp::envelope_detection::{Envelope, read_envelope};
    use crate::processor_time::measure;

    /// Returns the body that is forwarded for a body that a client sent.
    fn forwarded(body: &str) -> Result<Bytes, Box<HttpResponse>> {
        let Ok(Envelope::JsonRpc(mut request)) = read_envelope(body.as_bytes()) else {
            panic!("{body}");
        };
        write_body(&mut request, None)
    }

    #[test]
    fn rmcp_gets_the_method_first_and_only_the_metadata_that_is_read() {
        for (body, expected) in [
            (
                r#"{"params":{"_meta":{"a":{},"progressToken":7},"name":"x"},"method":"tools/call","id":"1","jsonrpc":"2.0"}"#,
                r#"{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"_meta":{"progressToken":7},"name":"x"}}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
                r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","x":1,"id":1,"method":"tools/list","params":[]}"#,
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"params":{"_meta":[]},"method":"ping"}"#,
                r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":[]}}"#,
            ),
        ] {
            let written = forwarded(body).ok();
            assert_eq!(written.as_deref(), Some(expected.as_bytes()), "{body}");
        }
    }

    #[test]
    fn a_request_with_more_than_16_kib_of_metadata_is_refused() {
        let request = |name: &str, length: usize| {
            let meta = json!({ name: { "x": "a".repeat(length) } });
            let params = json!({ "name": "apps_list", "_meta": meta });
            let call =
                json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
            forwarded(&call.to_string())
        };
        for name in ["progressToken", "io.modelcontextprotocol/clientCapabilities"] {
            assert!(request(name, 16_000).is_ok(), "{name}");
            assert_eq!(
                request(name, 17_000).err().map(|answer| answer.status().as_u16()),
                Some(200)
            );
        }
        assert!(request("other.example/id", 17_000).is_ok_and(|body| body.len() < 200));
    }

    #[test]
    fn rmcp_reads_the_request_with_the_most_values_quickly() {
        let values = vec![r#"{"":0}"#; 4_900].join(",");
        for params in [
            format!(r#"{{"name":"x","arguments":{{"x":[{values}]}}}}"#),
            format!(
                r#"{{"name":"x","arguments":{{}},"_meta":{{"progressToken":1,"x":[{values}]}}}}"#
            ),
        ] {
            let body =
                format!(r#"{{"jsonrpc":"2.0","id":1,"params":{params},"method":"tools/call"}}"#);
            let body = forwarded(&body).unwrap();
            let (read, took) = measure(|| serde_json::from_slice::<ClientJsonRpcMessage>(&body));
            assert!(read.is_ok(), "{read:?}");
            assert!(took < Duration::from_millis(500), "{took:?}");
        }
    }
}
