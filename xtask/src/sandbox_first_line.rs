//! The first line that a sandbox prints, with its address and key, and requests to it.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http_client;

/// The address of a sandbox, and a key of it.
#[derive(Default)]
pub(crate) struct Announced {
    /// `host:port`.
    pub(crate) authority: String,
    /// The path of its endpoint for MCP.
    pub(crate) endpoint: String,
    pub(crate) token: String,
    /// The path of the link that signs its person in once.
    pub(crate) sign_in: String,
}

/// The first line of `covibe-server sandbox --json`.
#[derive(Deserialize)]
struct Line {
    origin: String,
    mcp_url: String,
    token: String,
    #[serde(default)]
    console: Console,
}

/// The console of a sandbox.
#[derive(Default, Deserialize)]
struct Console {
    sign_in: String,
}

impl Announced {
    /// Reads the first line of `covibe-server sandbox --json`.
    pub(crate) fn from_line(line: &str) -> Result<Self> {
        // The line holds a key, so the error must not contain it.
        let Line { origin, mcp_url, token, console } =
            serde_json::from_str(line).context("the sandbox printed an unexpected first line")?;
        let authority =
            origin.strip_prefix("http://").context("the sandbox's origin is not an http URL")?;
        let endpoint = mcp_url.strip_prefix(&origin);
        let endpoint = endpoint.context("the MCP URL does not begin with the origin")?;
        let sign_in = console.sign_in.strip_prefix(&origin).unwrap_or_default().to_owned();
        let (authority, endpoint) = (authority.to_owned(), endpoint.to_owned());
        Ok(Self { authority, endpoint, token, sign_in })
    }

    /// Returns the request for a method of MCP.
    pub(crate) fn request(&self, method: &str, params: &Value) -> Vec<u8> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        http_client::post(&self.authority, &self.endpoint, &self.token, &body.to_string())
    }

    /// Returns the request that calls a tool with these arguments.
    pub(crate) fn call(&self, tool: &str, arguments: &Value) -> Vec<u8> {
        self.request("tools/call", &json!({ "name": tool, "arguments": arguments }))
    }

    /// Returns a call that checks the key, reads the store and writes the audit entry.
    pub(crate) fn describe(&self) -> Vec<u8> {
        self.call("workspace_describe", &json!({}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announcement_of_a_sandbox_is_parsed_without_printing_its_key() {
        let line =
            r#"{"origin":"http://127.0.0.1:1","mcp_url":"http://127.0.0.1:1/api/mcp","token":"k"}"#;
        let said = Announced::from_line(line).unwrap();
        assert_eq!((&*said.authority, &*said.endpoint), ("127.0.0.1:1", "/api/mcp"));
        let request = String::from_utf8(said.describe()).unwrap();
        assert!(request.starts_with("POST /api/mcp ") && request.contains("workspace_describe"));
        let error = Announced::from_line(r#"{"token":"hunter2"}"#).err().unwrap();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
