//! Requests of MCP without a key, with wrong ones, and malformed ones.

use crate::check::{Finding, Verdict};
use crate::check_inputs::{MCP, Probe};
use crate::client::{Cause, HttpAnswer, Request};

use super::{FOREIGN, is_refused, judge_all, send_all};

/// A request that is well formed.
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"covibe-readiness","version":"1"}}}"#;

/// A call of the compact envelope that is well formed.
const CALL: &str = r#"{"tool":"workspace.describe","params":{}}"#;

/// A body that is larger than what the server takes, in bytes.
const TOO_LARGE: usize = 5 * 1024 * 1024;

/// Malformed bodies.
fn malformed_bodies() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "{",
        "null",
        "[]",
        "[1]",
        "\"text\"",
        "{}",
        "not JSON",
        "{\"tool\":",
        "{\"tool\":1}",
        "{\"tool\":\"no.such.tool\",\"params\":{}}",
        "{\"tool\":\"apps.list\",\"params\":[]}",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/list\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no/such/method\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":1}",
        "{\"tool\":\"apps.list\",\"tool\":\"apps.list\",\"params\":{}}",
    ];
    let mut bodies: Vec<_> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.push([vec![b'['; 200], vec![b']'; 200]].concat());
    bodies.push(b"{\"tool\":\"\xff\xfe\"}".to_vec());
    bodies
}

/// Malformed requests are refused, and break nothing.
pub(crate) async fn envelopes(probe: &Probe) -> Verdict {
    let bodies = malformed_bodies();
    let number = bodies.len();
    let mut requests: Vec<_> = bodies.into_iter().map(|body| Request::post(MCP, body)).collect();
    requests.push(Request::post(MCP, CALL).with("content-type", "text/plain"));
    requests.push(Request::post(MCP, CALL).with("content-type", "multipart/form-data"));
    let is_refused =
        |answer: &HttpAnswer| (400..500).contains(&answer.status) && answer.json().is_some();
    let answers = send_all(probe, requests).await;
    judge_all(answers, "4xx with JSON", is_refused).map(|()| format!("{} kinds", number + 2))
}

/// Calls without a key are refused, and say how to send one.
pub(crate) async fn no_key(probe: &Probe) -> Verdict {
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let requests = [INITIALIZE, CALL, list].map(|body| Request::post(MCP, body)).to_vec();
    let is_refused = |answer: &HttpAnswer| {
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        is_refused(answer) && challenge.starts_with("Bearer")
    };
    let answers = send_all(probe, requests).await;
    judge_all(answers, "401 with JSON and WWW-Authenticate: Bearer", is_refused)
        .map(|()| "401".to_owned())
}

/// Every kind of wrong key is refused by the same answer, so that nobody learns which keys exist.
pub(crate) async fn invalid_keys(probe: &Probe) -> Verdict {
    let key = probe.unknown_key.as_str();
    let with = |value: String| Request::post(MCP, CALL).header("authorization", value);
    let twice = with(format!("Bearer {key}")).header("authorization", format!("Bearer {key}"));
    let requests = vec![
        with(String::new()),
        with("Bearer".to_owned()),
        with(format!("Basic {key}")),
        with(key.to_owned()),
        with(format!("Bearer {key}")),
        with(format!("Bearer {key}{}", "a".repeat(7000))),
        with(format!("Bearer {key} {key}")),
        with(format!("Bearer {}", key.to_uppercase())),
        twice,
    ];
    let number = requests.len();
    let answers = send_all(probe, requests).await;
    let first = answers.iter().find_map(|answer| answer.as_ref().ok()).map(|it| it.body.clone());
    judge_all(answers, "401 with the same JSON for each kind of key", |answer| {
        is_refused(answer) && Some(&answer.body) == first.as_ref()
    })
    .map(|()| format!("{number} kinds, one answer"))
}

/// The name of a variable is not a key. The answer may say that the client did not expand it.
pub(crate) async fn unexpanded(probe: &Probe) -> Verdict {
    let names = ["${COVIBE_MCP_TOKEN}", "${env:COVIBE_MCP_TOKEN}", "$VIBN_API_KEY"];
    let with = |name| Request::post(MCP, CALL).header("authorization", format!("Bearer {name}"));
    let answers = send_all(probe, names.map(with).to_vec()).await;
    judge_all(answers, "401 with JSON", is_refused).map(|()| "refused".to_owned())
}

/// A key in an address is ignored: addresses are logged.
pub(crate) async fn query_keys(probe: &Probe) -> Verdict {
    let Some(key) = &probe.key else {
        let names = ["token", "access_token", "api_key"];
        let paths = names.map(|name| format!("{MCP}?{name}={}", probe.unknown_key));
        let requests = paths.map(|path| Request::post(path, CALL)).to_vec();
        let is_closed = |answer: &HttpAnswer| (400..500).contains(&answer.status);
        let answers = send_all(probe, requests).await;
        return judge_all(answers, "401", is_closed).map(|()| "refused".to_owned());
    };
    let path = format!("{MCP}?token={0}&access_token={0}", key.expose());
    let answer = probe.client.send(Request::post(path, CALL)).await?;
    let is_closed = (400..500).contains(&answer.status);
    if is_closed { Ok("refused".to_owned()) } else { Err(Finding::answer(&answer, "401")) }
}

/// A body that is too large is refused while it is sent.
pub(crate) async fn large(probe: &Probe) -> Verdict {
    let answer = probe.client.send(Request::post(MCP, vec![b' '; TOO_LARGE])).await;
    match answer {
        Ok(answer) if (400..500).contains(&answer.status) => Ok(answer.status.to_string()),
        Ok(answer) => Err(Finding::answer(&answer, "413 or 401")),
        Err(trouble) if matches!(trouble.cause, Cause::Answer(_) | Cause::Connection(_)) => {
            Ok("the connection was closed".to_owned())
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// Requests of other sites' pages are refused, against DNS rebinding.
pub(crate) async fn foreign_pages(probe: &Probe) -> Verdict {
    let answer = probe.client.send(Request::post(MCP, CALL).header("origin", FOREIGN)).await?;
    if answer.status == 403 { Ok("403".to_owned()) } else { Err(Finding::answer(&answer, "403")) }
}

/// Other methods than those of MCP are refused.
pub(crate) async fn methods(probe: &Probe) -> Verdict {
    let requests = ["PUT", "DELETE", "PATCH"].map(|method| Request::new(method, MCP)).to_vec();
    let is_refused = |answer: &HttpAnswer| matches!(answer.status, 401 | 403 | 404 | 405);
    let answers = send_all(probe, requests).await;
    judge_all(answers, "405", is_refused).map(|()| "refused".to_owned())
}
