//! The headers that MCP over HTTP needs beside a message, made from the message.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::json_rpc_message::Incoming;

const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The member of the metadata with the version, in requests that stand alone (MCP 2026-07-28).
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// Returns the headers of a message. `agreed` is the version of the handshake, if there was one.
pub(super) fn mcp_headers(message: &Incoming, agreed: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let params = &message.value["params"];
    let method = message.method.as_deref().unwrap_or_default();
    if let Some(version) = params["_meta"][META_VERSION].as_str() {
        insert(&mut headers, PROTOCOL_VERSION, version);
        insert(&mut headers, METHOD, method);
        if let Some(name) = name_of_target(method, params) {
            insert(&mut headers, NAME, name);
        }
    } else if let Some(version) = agreed.filter(|_| method != "initialize") {
        insert(&mut headers, PROTOCOL_VERSION, version);
    }
    headers
}

/// Returns what a request names in its header.
fn name_of_target<'a>(method: &str, params: &'a Value) -> Option<&'a str> {
    match method {
        "tools/call" | "prompts/get" => params["name"].as_str(),
        "resources/read" => params["uri"].as_str(),
        _ => None,
    }
}

/// Inserts a value; one that no header can have is encoded, as MCP 2026-07-28 prescribes.
fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    let is_plain = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && text.trim() == text;
    let value = if is_plain {
        text.to_owned()
    } else {
        format!("=?base64?{}?=", BASE64_STANDARD.encode(text))
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn headers(value: Value, agreed: Option<&str>) -> Vec<(String, String)> {
        let method = value["method"].as_str().map(str::to_owned);
        let headers = mcp_headers(&Incoming { value, id: None, method }, agreed);
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        headers.iter().map(text).collect()
    }

    #[test]
    fn a_stateless_request_has_headers_of_version_method_and_tool() {
        let meta = json!({ META_VERSION: "2026-07-28" });
        let params = json!({ "name": "apps_créer", "_meta": meta });
        let value = json!({ "method": "tools/call", "params": params });
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            headers(value, Some("2025-06-18")),
            [
                pair("mcp-protocol-version", "2026-07-28"),
                pair("mcp-method", "tools/call"),
                pair("mcp-name", "=?base64?YXBwc19jcsOpZXI=?="),
            ]
        );
    }

    #[test]
    fn a_request_after_a_handshake_has_the_negotiated_version_header() {
        let list = json!({ "method": "tools/list" });
        let version = ("mcp-protocol-version".to_owned(), "2025-06-18".to_owned());
        assert_eq!(headers(list.clone(), Some("2025-06-18")), [version]);
        assert_eq!(headers(list, None), []);
        assert_eq!(headers(json!({ "method": "initialize" }), Some("2025-06-18")), []);
    }
}
