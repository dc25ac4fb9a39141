//! The envelope of a body: JSON-RPC or the compact one.

use covibe_domain::Failure;
use covibe_domain::names::displayable;
use covibe_operation::{JsonFlaw, find_flaw};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// The version of MCP in which each request stands alone; earlier ones begin with a handshake.
pub(super) const STATELESS: &str = "2026-07-28";

/// The envelope of a body.
#[derive(Debug)]
pub(super) enum Envelope {
    /// MCP JSON-RPC, which rmcp reads.
    JsonRpc(Request),
    /// `{"tool" or "action", "params"}`.
    Compact {
        /// The tool's name.
        tool: String,
        /// Its parameters.
        params: Value,
    },
}

/// The members that identify a JSON-RPC request or, without an id, a notification.
#[derive(Debug)]
pub(super) struct Request {
    /// Its method.
    pub(super) method: String,
    /// Its id: a string or an integer.
    pub(super) id: Option<Value>,
    /// Its parameters, unchecked.
    pub(super) params: Option<Value>,
}

/// Why a body has neither envelope.
#[derive(Debug)]
pub(super) enum Misread {
    /// It looks like JSON-RPC: the code and message of the error.
    JsonRpc(i32, &'static str),
    /// It does not look like JSON-RPC.
    Other(Failure),
}

/// The members that identify JSON-RPC; their values are checked later.
#[derive(Deserialize)]
struct Members {
    jsonrpc: Option<Value>,
    #[serde(default)]
    method: Option<Value>,
    #[serde(default, deserialize_with = "read_present")]
    id: Option<Value>,
    #[serde(default)]
    params: Option<Value>,
}

/// Reads a member that is present, which may be `null`.
fn read_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The longest id of a request, in bytes. Copies of it are kept while the request runs.
const MAX_ID: usize = 256;

const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;

/// Determines the envelope of a body.
pub(super) fn read_envelope(body: &[u8]) -> Result<Envelope, Misread> {
    // serde would also read an array as the members of a struct, in order.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    if let Some(flaw) = find_flaw(body) {
        return Err(if mentions_json_rpc(body) {
            Misread::JsonRpc(INVALID_REQUEST, flaw_text(&flaw))
        } else {
            Misread::Other(flaw.into())
        });
    }
    let members = is_object.then(|| serde_json::from_slice(body));
    if let Some(Ok(Members { jsonrpc: Some(version), method, id, params })) = members {
        return json_rpc(&version, method, id, params);
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => compact(members),
        Ok(Value::Array(items)) if items.iter().any(|item| item.get("jsonrpc").is_some()) => {
            Err(Misread::JsonRpc(INVALID_REQUEST, "Batches are not part of MCP; send one request."))
        }
        Ok(_) => Err(Misread::Other(neither())),
        Err(_) if mentions_json_rpc(body) => {
            Err(Misread::JsonRpc(PARSE_ERROR, "The body is not JSON."))
        }
        Err(_) => Err(Misread::Other(Failure::invalid("The body is not JSON.").hint(FORMS))),
    }
}

fn flaw_text(flaw: &JsonFlaw) -> &'static str {
    match flaw {
        JsonFlaw::Duplicate(_) => "A member is given twice.",
        JsonFlaw::TooManyValues => "The body has more than 10,000 values. Send less at a time.",
    }
}

const FORMS: &str =
    r#"Send MCP JSON-RPC, or {"tool":"apps.list","params":{}}. GET /api/mcp lists the tools."#;

fn neither() -> Failure {
    Failure::invalid("The body is neither MCP JSON-RPC nor a call with `tool` and `params`.")
        .hint(FORMS)
}

fn json_rpc(
    version: &Value,
    method: Option<Value>,
    id: Option<Value>,
    params: Option<Value>,
) -> Result<Envelope, Misread> {
    let invalid = |message| Err(Misread::JsonRpc(INVALID_REQUEST, message));
    if version != "2.0" {
        return invalid("jsonrpc must be \"2.0\".");
    }
    let Some(Value::String(method)) = method else {
        return invalid("method must be a string; the server accepts requests and notifications.");
    };
    match &id {
        Some(Value::String(id)) if id.len() > MAX_ID => {
            return invalid("id must have at most 256 bytes.");
        }
        None | Some(Value::String(_)) => {}
        Some(Value::Number(number)) if number.is_i64() => {}
        Some(_) => return invalid("id must be a string or an integer."),
    }
    Ok(Envelope::JsonRpc(Request { method, id, params }))
}

fn compact(mut members: serde_json::Map<String, Value>) -> Result<Envelope, Misread> {
    let refuse = |failure| Err(Misread::Other(failure));
    let tool = match (members.remove("tool"), members.remove("action")) {
        (Some(_), Some(_)) => {
            return refuse(
                Failure::invalid("Pass `tool` or its alias `action`, not both.").hint(FORMS),
            );
        }
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => return refuse(neither()),
    };
    let Value::String(tool) = tool else {
        return refuse(Failure::invalid("`tool` must be a string.").hint(FORMS));
    };
    let params = match members.remove("params") {
        None | Some(Value::Null) => json!({}),
        Some(params @ Value::Object(_)) => params,
        Some(_) => return refuse(Failure::invalid("`params` must be an object.").hint(FORMS)),
    };
    match members.keys().next() {
        Some(stray) => {
            let shown = displayable(stray, 64);
            refuse(
                Failure::invalid(format!("Unknown member `{shown}` next to `tool` and `params`."))
                    .hint("Parameters go into `params`."),
            )
        }
        None => Ok(Envelope::Compact { tool, params }),
    }
}

fn mentions_json_rpc(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("\"jsonrpc\"")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use covibe_domain::Kind;

    use super::*;
    use crate::processor_time::measure;

    /// The maximum processor time of a refusal, without optimisation.
    const MAX: Duration = Duration::from_millis(200);

    fn code(body: &str) -> Option<i32> {
        match read_envelope(body.as_bytes()) {
            Err(Misread::JsonRpc(code, _)) => Some(code),
            _ => None,
        }
    }

    fn is_refused(body: &str) -> bool {
        matches!(read_envelope(body.as_bytes()), Err(Misread::Other(_)))
    }

    #[test]
    fn distinguishes_json_rpc_from_the_compact_envelope() {
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        assert!(matches!(read_envelope(request.as_bytes()), Ok(Envelope::JsonRpc(_))));
        for body in [r#"{"tool":"apps.list"}"#, r#"{"action":"apps.list","params":null}"#] {
            let Ok(Envelope::Compact { tool, params }) = read_envelope(body.as_bytes()) else {
                panic!("{body}");
            };
            assert_eq!((tool.as_str(), params), ("apps.list", json!({})));
        }
    }

    #[test]
    fn answers_malformed_json_rpc_in_json_rpc() {
        assert_eq!(code(r#"{"jsonrpc":"2.0","method":"#), Some(-32700));
        for body in [
            r#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#,
            r#"{"jsonrpc":2,"id":1,"method":"x"}"#,
        ] {
            assert_eq!(code(body), Some(-32600), "{body}");
        }
    }

    #[test]
    fn refuses_requests_with_ids_of_more_than_256_bytes() {
        let request = |id: String| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/list" });
        for (id, expected) in [
            ("a".repeat(256), None),
            ("a".repeat(257), Some(-32600)),
            ("é".repeat(128), None),
            ("é".repeat(129), Some(-32600)),
        ] {
            assert_eq!(code(&request(id.clone()).to_string()), expected, "{id}");
        }
    }

    #[test]
    fn refuses_bodies_with_too_many_values_in_the_form_of_their_envelope_quickly() {
        let values = vec!["[]"; 349_000].join(",");
        let compact = format!(r#"{{"tool":"apps.list","params":{{"x":[{values}]}}}}"#);
        let (read, took) = measure(|| read_envelope(compact.as_bytes()));
        assert!(matches!(read, Err(Misread::Other(failure)) if failure.kind == Kind::TooLarge));
        assert!(took < MAX, "{took:?}");
        for method in ["tools/call", "tools/list"] {
            let meta = format!(r#"{{"progressToken":1,"x":[{values}]}}"#);
            let params = format!(r#"{{"_meta":{meta},"name":"apps_list","arguments":{{}}}}"#);
            let rpc =
                format!(r#"{{"jsonrpc":"2.0","id":1,"params":{params},"method":"{method}"}}"#);
            let (code, took) = measure(|| code(&rpc));
            assert_eq!(code, Some(-32600), "{method}");
            assert!(took < MAX, "{method}: {took:?}");
        }
    }

    #[test]
    fn refuses_bodies_of_neither_envelope() {
        for body in [
            "",
            "nonsense",
            "[]",
            r#"["2.0","tools/list",1]"#,
            r#"[{"tool":"apps.list"}]"#,
            "7",
            "null",
            "{}",
            r#"{"tool":7}"#,
            r#"{"tool":"a","params":[]}"#,
            r#"{"tool":"a","action":"a"}"#,
            r#"{"tool":"a","uuid":"x"}"#,
            r#"{"jsonrpc":null}"#,
            "\u{0}",
            "{\"a\":",
        ] {
            assert!(is_refused(body), "{body}");
        }
        assert!(is_refused(&"[".repeat(100_000)));
    }
}
