//! The answer of a server.

use std::collections::BTreeMap;

use covibe_domain::boxed;
use serde_json::Value;

/// The answer of a server.
#[derive(Clone, Debug)]
pub struct AgentAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The text of the body.
    pub text: String,
}

impl AgentAnswer {
    /// Reads a whole response.
    #[boxed]
    pub async fn read(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let pairs = response.headers().iter();
        let headers = pairs
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        Self { status, headers, text: response.text().await.expect("a body") }
    }

    /// Returns the body as JSON; `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Returns the outcome of a call over REST.
    pub fn rest_outcome(&self) -> CallOutcome {
        if self.status < 300 { Ok(self.json()) } else { Err(self.json()) }
    }

    /// Returns the outcome of a call by the compact envelope.
    pub fn compact_outcome(&self) -> CallOutcome {
        match self.json() {
            Value::Object(mut members) if self.status == 200 => {
                Ok(members.remove("result").unwrap_or_default())
            }
            body => Err(body),
        }
    }

    /// Returns the outcome of a call by `tools/call`; a JSON-RPC error is a failure too.
    pub fn mcp_outcome(&self) -> CallOutcome {
        if let Some(failure) = self.mcp_failure() {
            return Err(without_members(&failure, &["code", "retryable"]));
        }
        let body = self.json();
        match &body["result"]["structuredContent"] {
            Value::Null => Err(body["error"].clone()),
            value => Ok(value.clone()),
        }
    }

    /// Returns the failure, with its code, that a result of `tools/call` shows as text. It must show it nowhere else;
    /// `None` if the result is not a failure.
    pub fn mcp_failure(&self) -> Option<Value> {
        let body = self.json();
        let result = &body["result"];
        let text = result["content"][0]["text"].as_str().filter(|_| result["isError"] == true)?;
        assert_eq!(result.get("structuredContent"), None, "of a failure: {}", self.text);
        Some(serde_json::from_str(text).expect("the failure is JSON"))
    }
}

/// The outcome of a call by any surface: the result, or the body of the failure.
pub type CallOutcome = Result<Value, Value>;

fn without_members(value: &Value, names: &[&str]) -> Value {
    let mut members = value.as_object().cloned().unwrap_or_default();
    members.retain(|name, _| !names.contains(&name.as_str()));
    Value::Object(members)
}
