//! The rights of a key of a workspace for canaries.

use covibe_domain::Secret;
use serde_json::Value;

use crate::check::{Finding, Verdict};
use crate::check_inputs::{MCP, Probe};
use crate::client::{HttpAnswer, Request};

/// A uuid in the form of the upstream, which no workspace has.
const FOREIGN: &str = "c0vibe0c0vibe0c0vibe0aaa";

/// A call that reads is answered.
pub(crate) async fn call(probe: &Probe) -> Verdict {
    let answer = send(probe, r#"{"tool":"workspace.describe","params":{}}"#.to_owned()).await?;
    let has_result = answer.json().is_some_and(|json| json.get("result").is_some());
    if answer.status == 200 && has_result {
        return Ok("200".to_owned());
    }
    Err(Finding::answer(&answer, "200 with a result").fix(
        "Mint a new key for the canary: `covibe-server keys create --workspace SLUG --access \
         read`.",
    ))
}

/// The tools that a client lists are those that are described.
pub(crate) async fn list(probe: &Probe) -> Verdict {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#.to_owned();
    let answer = send(probe, body).await?;
    let json = answer.json().unwrap_or_default();
    let listed = json.pointer("/result/tools").and_then(Value::as_array).map_or(0, Vec::len);
    let most = probe.surface.tools.len();
    // A key that only reads sees some of them.
    if answer.status == 200 && (1..=most).contains(&listed) {
        return Ok(format!("{listed} tools"));
    }
    Err(Finding::answer(&answer, format!("1 to {most} tools")))
}

/// An app of another workspace is not there.
pub(crate) async fn foreign(probe: &Probe) -> Verdict {
    let body = format!(r#"{{"tool":"apps.get","params":{{"uuid":"{FOREIGN}"}}}}"#);
    let answer = send(probe, body).await?;
    if matches!(answer.status, 403 | 404) {
        return Ok(answer.status.to_string());
    }
    Err(Finding::answer(&answer, "403 or 404"))
}

/// Nothing is deleted without a confirmation.
pub(crate) async fn unconfirmed(probe: &Probe) -> Verdict {
    let body = format!(r#"{{"tool":"apps.delete","params":{{"uuid":"{FOREIGN}"}}}}"#);
    let answer = send(probe, body).await?;
    // The one that is not there, and the key that only reads, are refused before that.
    if matches!(answer.status, 400 | 403 | 404 | 409 | 422) {
        return Ok(answer.status.to_string());
    }
    Err(Finding::answer(&answer, "409"))
}

/// Returns the result of a call, which has to be answered.
pub(super) async fn result(probe: &Probe, body: &str) -> Result<Value, Finding> {
    let answer = send(probe, body.to_owned()).await?;
    let result = answer.json().and_then(|json| json.get("result").cloned());
    match result {
        Some(result) if answer.status == 200 => Ok(result),
        _ => Err(Finding::answer(&answer, "200 with a result")),
    }
}

async fn send(probe: &Probe, body: String) -> Result<HttpAnswer, Finding> {
    let Some(key) = &probe.key else {
        return Err(Finding::skip("POST /api/mcp", "COVIBE_CANARY_TOKEN is not set"));
    };
    let request = Request::post(MCP, body).header("authorization", bearer(key));
    Ok(probe.client.send(request).await?)
}

fn bearer(key: &Secret) -> String {
    format!("Bearer {}", key.expose())
}
