//! `tools/call` without rmcp, which costs more than a call of ours. Only requests whose parts are all
//! plain are answered here; rmcp reads all others, and gives the same answers.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::HeaderMap;
use covibe_dispatch::{Call, Caller, RequestPermit, Surface};
use covibe_operation::JsonAnswer;
use rmcp::model::ErrorData;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::envelope_detection::{Request, STATELESS};
use super::guard_state::GuardState;
use super::running_calls::cancelled_call;
use crate::responses;

/// The earlier versions.
const WITH_HANDSHAKE: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// The prefix of the names in `_meta` that the protocol gives a meaning.
const RESERVED: &str = "io.modelcontextprotocol/";

const METHOD: &str = "tools/call";

/// A call that can be answered without rmcp.
struct Plain<'a> {
    id: &'a Value,
    name: &'a str,
    is_stateless: bool,
}

/// Answers a plain call of a tool, whose parameters it takes out of the request. Returns `None` for every other request,
/// which stays as it is, before anything has run.
pub(super) async fn answer(
    state: &GuardState,
    (caller, place): (&Caller, &Arc<RequestPermit>),
    headers: &HeaderMap,
    request: &mut Request,
) -> Option<HttpResponse> {
    let Plain { id, name, is_stateless } = read_plain(headers, request)?;
    let tool = Arc::clone(state.dispatcher.registry().find(name)?);
    let id = id.clone();
    let (caller, place) = (caller.clone(), Some(Arc::clone(place)));
    let (params, surface) = (take_arguments(request), Surface::Mcp);
    let call = Call { caller, tool, params, surface, slug: None, progress: None, place };
    let answer = state.listed.running.call(&state.dispatcher, &id, call).await;
    let outcome = state.listed.spelling.outcome(answer.unwrap_or_else(|| Err(cancelled_call())));
    // The call has run, so no error may leave it to rmcp, which would run it again.
    Some(respond(&id, body(&id, outcome, is_stateless)))
}

/// Returns the answer of a call that has run.
fn respond(id: &Value, body: Result<Vec<u8>, serde_json::Error>) -> HttpResponse {
    let error = match body {
        Ok(body) => return responses::json_text(200, body),
        Err(error) => error,
    };
    responses::json(200, &json!({ "jsonrpc": "2.0", "id": id, "error": unserializable(&error) }))
}

/// Returns the error of a call that has run and whose answer cannot be serialized.
pub(super) fn unserializable(error: &serde_json::Error) -> ErrorData {
    tracing::error!(%error, "the answer of a tool could not be serialized");
    let hint = json!({ "hint": "The call has run. Check what exists before you repeat the call." });
    ErrorData::internal_error("The answer could not be serialized.", Some(hint))
}

/// Returns the body of an answer.
fn body(
    id: &Value,
    outcome: serde_json::Result<(JsonAnswer, bool)>,
    is_stateless: bool,
) -> serde_json::Result<Vec<u8>> {
    let (answer, is_error) = outcome?;
    let content = [Content { kind: "text", text: answer.text() }];
    let result_type = is_stateless.then_some("complete");
    let structured_content = (!is_error).then_some(&answer);
    let result = CallResult { result_type, content, structured_content, is_error };
    serde_json::to_vec(&Response { jsonrpc: "2.0", id, result })
}

#[derive(Serialize)]
struct Response<'a> {
    jsonrpc: &'static str,
    id: &'a Value,
    result: CallResult<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallResult<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    result_type: Option<&'static str>,
    content: [Content<'a>; 1],
    /// Absent for a failure: clients check it against the schema of the tool's answer, which a failure
    /// does not have, and show that instead of the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    structured_content: Option<&'a JsonAnswer>,
    is_error: bool,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

fn read_plain<'a>(headers: &HeaderMap, request: &'a Request) -> Option<Plain<'a>> {
    let Request { method, id: Some(id), params: Some(Value::Object(params)) } = request else {
        return None;
    };
    let is_known = |member: &String| matches!(member.as_str(), "name" | "arguments" | "_meta");
    let is_plain = method == METHOD
        && params.keys().all(is_known)
        && params.get("arguments").is_none_or(Value::is_object);
    let name = params.get("name").and_then(Value::as_str).filter(|_| is_plain)?;
    let empty = Map::new();
    let meta = params.get("_meta").map_or(Some(&empty), Value::as_object)?;
    let is_stateless = is_stateless(headers, name, meta)?;
    Some(Plain { id, name, is_stateless })
}

/// Takes the arguments of a call. Its metadata is dropped with the other parameters, before the call runs.
fn take_arguments(request: &mut Request) -> Value {
    let params = request.params.take();
    let arguments = match params {
        Some(Value::Object(mut params)) => params.remove("arguments"),
        _ => None,
    };
    arguments.unwrap_or_else(|| Map::new().into())
}

/// Returns whether the request is one of the stateless version; `None` if its headers or its metadata are
/// not exactly those that its version requires.
fn is_stateless(headers: &HeaderMap, name: &str, meta: &Map<String, Value>) -> Option<bool> {
    let is = |header: &str, value: &str| {
        let mut given = headers.get_all(header);
        given.next().is_some_and(|given| given == value) && given.next().is_none()
    };
    let of_mcp = headers.keys().filter(|header| header.as_str().starts_with("mcp-")).count();
    if is("mcp-protocol-version", STATELESS) {
        let named = is("mcp-method", METHOD) && is("mcp-name", name) && of_mcp == 3;
        return (named && declares(meta)).then_some(true);
    }
    let version = WITH_HANDSHAKE.iter().any(|version| is("mcp-protocol-version", version));
    let reserved = |name: &String| name.starts_with(RESERVED) || name == "progressToken";
    let plain = of_mcp == usize::from(version) && !meta.keys().any(reserved);
    plain.then_some(false)
}

/// Returns whether the metadata has the members that the stateless version requires, and none that changes
/// the answer.
fn declares(meta: &Map<String, Value>) -> bool {
    let known = |(name, value): (&String, &Value)| match name.strip_prefix(RESERVED) {
        Some("protocolVersion") => value == STATELESS,
        Some("clientCapabilities") => value.as_object().is_some_and(Map::is_empty),
        Some("clientInfo") => {
            let is_text = |member: &str| value[member].is_string();
            value.as_object().is_some_and(|info| info.len() == 2)
                && is_text("name")
                && is_text("version")
        }
        Some(_) => false,
        None => name != "progressToken",
    };
    let required = ["protocolVersion", "clientCapabilities"];
    let has = |name: &&str| meta.contains_key(&format!("{RESERVED}{name}"));
    meta.iter().all(known) && required.iter().all(has)
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody as _;
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    /// Returns whether a call with these headers and this metadata is plain, and its version.
    fn reads(headers: &[(&str, &str)], params: Value) -> Option<bool> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let id = Some(json!(1));
        let request = Request { method: METHOD.to_owned(), id, params: Some(params) };
        read_plain(&map, &request).map(|plain| plain.is_stateless)
    }

    fn with_metadata(more: &Value) -> Value {
        let mut meta = json!({ "io.modelcontextprotocol/protocolVersion": STATELESS,
                               "io.modelcontextprotocol/clientCapabilities": {} });
        meta.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "name": "apps_get", "arguments": {}, "_meta": meta })
    }

    const HEADERS: [(&str, &str); 3] =
        [("mcp-protocol-version", STATELESS), ("mcp-method", METHOD), ("mcp-name", "apps_get")];

    #[test]
    fn reads_tool_calls_in_the_forms_that_clients_send() {
        let plain = json!({ "name": "apps_get", "arguments": { "uuid": "x" } });
        assert_eq!(reads(&[], plain.clone()), Some(false));
        assert_eq!(reads(&[("mcp-protocol-version", "2025-06-18")], plain), Some(false));
        let meta = json!({ "name": "apps_get", "_meta": { "other.example/id": "x" } });
        assert_eq!(reads(&[], meta), Some(false));
        assert_eq!(reads(&HEADERS, with_metadata(&json!({}))), Some(true));
        let info = json!({ "io.modelcontextprotocol/clientInfo": { "name": "a", "version": "1" } });
        assert_eq!(reads(&HEADERS, with_metadata(&info)), Some(true));
    }

    #[test]
    fn a_call_keeps_the_arguments_alone_of_its_request() {
        let params = json!({ "name": "x", "arguments": { "a": 1 }, "_meta": { "b": [{}] } });
        let id = Some(json!(1));
        let mut request = Request { method: METHOD.to_owned(), id, params: Some(params) };
        assert_eq!(take_arguments(&mut request), json!({ "a": 1 }));
        assert_eq!(request.params, None);
        assert_eq!(take_arguments(&mut request), json!({}));
    }

    #[test]
    fn answers_an_internal_error_if_the_outcome_cannot_be_serialized() {
        let error = serde_json::from_str::<Value>("{").map(|_| Vec::new());
        let answer = respond(&json!("id"), error);
        assert_eq!(answer.status(), 200);
        let body = answer.into_body().try_into_bytes().unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["id"], &body["error"]["code"]), (&json!("id"), &json!(-32603)));
    }

    #[test]
    fn leaves_calls_in_other_forms_to_rmcp() {
        let plain = json!({ "name": "apps_get", "arguments": {} });
        for headers in [
            &[("mcp-protocol-version", "1999-01-01")][..],
            &[("mcp-protocol-version", STATELESS)],
            &[("mcp-method", METHOD)],
            &[("mcp-protocol-version", "2025-06-18"), ("mcp-protocol-version", "2025-06-18")],
            &[("mcp-session-id", "x")],
        ] {
            assert_eq!(reads(headers, plain.clone()), None, "{headers:?}");
        }
        for params in [
            json!({ "name": 7 }),
            json!({ "name": "apps_get", "arguments": [] }),
            json!({ "name": "apps_get", "_meta": [] }),
            json!({ "name": "apps_get", "task": {} }),
            json!({ "name": "apps_get", "_meta": { "progressToken": 1 } }),
            with_metadata(&json!({})),
            json!([]),
        ] {
            assert_eq!(reads(&[], params.clone()), None, "{params}");
        }
        for (name, value) in [
            ("io.modelcontextprotocol/protocolVersion", json!("2025-06-18")),
            ("io.modelcontextprotocol/clientCapabilities", json!({ "elicitation": {} })),
            ("io.modelcontextprotocol/clientInfo", json!({ "name": "a" })),
            ("io.modelcontextprotocol/logLevel", json!("debug")),
            ("progressToken", json!(1)),
        ] {
            assert_eq!(reads(&HEADERS, with_metadata(&json!({ name: value }))), None, "{name}");
        }
        assert_eq!(reads(&HEADERS, json!({ "name": "apps_list", "_meta": {} })), None);
        let foreign = [HEADERS[0], HEADERS[1], ("mcp-name", "apps_list")];
        assert_eq!(reads(&foreign, with_metadata(&json!({}))), None);
        let more = [&HEADERS[..], &[("mcp-param-uuid", "x")]].concat();
        assert_eq!(reads(&more, with_metadata(&json!({}))), None);
    }
}
