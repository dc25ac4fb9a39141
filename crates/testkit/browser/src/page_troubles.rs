//! Troubles that a page should not cause: errors, refused or failed requests, violations of its
//! policy.

use serde_json::Value;

use crate::devtools_channel::Event;

/// Describes an event if it is a trouble.
pub(crate) fn trouble(event: &Event) -> Option<String> {
    let params = &event.params;
    match event.method.as_str() {
        "Runtime.exceptionThrown" => {
            Some(format!("exception: {}", params["exceptionDetails"]["exception"]["description"]))
        }
        "Runtime.consoleAPICalled" => console(params),
        "Log.entryAdded" => logged(&params["entry"]),
        "Audits.issueAdded" => issue(&params["issue"]),
        "Network.loadingFailed" => failed_request(params),
        "Network.responseReceived" => failed_response(params),
        _ => None,
    }
}

fn console(params: &Value) -> Option<String> {
    let is_bad = matches!(params["type"].as_str(), Some("error" | "warning" | "assert"));
    is_bad.then(|| format!("console: {}", params["args"]))
}

/// Returns an entry of the browser's own log. Failed requests are left out: they have events of
/// their own.
fn logged(entry: &Value) -> Option<String> {
    let is_bad = matches!(entry["level"].as_str(), Some("error" | "warning"));
    let is_network = entry["source"] == "network";
    (is_bad && !is_network).then(|| format!("{}: {}", entry["source"], entry["text"]))
}

fn issue(issue: &Value) -> Option<String> {
    let details = &issue["details"]["contentSecurityPolicyIssueDetails"];
    let directive = details["violatedDirective"].as_str()?;
    Some(format!("policy: {directive} blocks {}", details["blockedURL"]))
}

fn failed_request(params: &Value) -> Option<String> {
    let is_canceled = params["canceled"] == true;
    (!is_canceled).then(|| format!("failed: {} ({})", params["type"], params["errorText"]))
}

fn failed_response(params: &Value) -> Option<String> {
    let (response, status) = (&params["response"], params["response"]["status"].as_u64()?);
    (status >= 400)
        .then(|| format!("status {status}: {}", response["url"].as_str().unwrap_or_default()))
}
