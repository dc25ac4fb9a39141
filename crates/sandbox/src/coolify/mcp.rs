//! `/mcp`, beside the API: Coolify's own MCP server, off by default (`EnsureMcpEnabled`, 4.1.2 and 4.3.11).

use serde_json::json;

use super::Version;
use super::{Options, errors};
use crate::core::request_types::{Reply, Request};

/// The path of the server.
pub(super) const PATH: &str = "/mcp";

/// The server as a request finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum McpAvailability {
    /// The release has none, and takes the path for one of its pages.
    Unknown,
    Off,
    On,
}

impl McpAvailability {
    pub(super) fn from_options(options: &Options) -> Self {
        match (options.version, options.serves_mcp) {
            (Version::Beta473, _) => Self::Unknown,
            (_, false) => Self::Off,
            (_, true) => Self::On,
        }
    }

    /// Answers a message of a client, whose token is known or not. Of the protocol, there is only `ping`.
    pub(super) fn answer(self, request: &Request, is_known: bool) -> Reply {
        match self {
            _ if request.method != "POST" => errors::message(405, "Method not allowed."),
            Self::Unknown => errors::message(419, "CSRF token mismatch."),
            Self::Off => errors::no_route(),
            Self::On if !is_known => errors::refusal(401),
            Self::On => {
                let message = request.json().unwrap_or_default();
                let result = if message["method"] == "ping" { "result" } else { "error" };
                Reply::json(200, json!({ "jsonrpc": "2.0", "id": message["id"], result: {} }))
            }
        }
    }
}
