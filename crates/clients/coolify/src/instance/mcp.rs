//! Coolify's own MCP server, by which programs read the resources of the token's team.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Error};
use serde_json::{Value, json};

use crate::client::Client;

/// The statuses of a Coolify without the server (an unknown path, or a form's), and of one where it
/// is off for the installation or the team.
const ABSENT: &[u16] = &[403, 404, 405, 419];

/// The statuses whose answers are read. A server that is on and does not know the token answers
/// 401: it checks the switch first (4.1 to 4.3.11, `routes/ai.php`).
const READ: &[u16] = &[401, 403, 404, 405, 419];

impl Client {
    /// Returns whether Coolify's MCP server is on for the team of the token. Sends a ping, which
    /// changes nothing: no route of the API says it (4.1 to 4.3.11).
    #[boxed]
    pub async fn serves_mcp(&self) -> Result<bool, Error> {
        let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
        let asked = self.common().post("/mcp").at_root().body(ping).reading();
        match asked.accept_statuses(READ).send().await {
            Ok(answer) if answer.status() == 401 => Ok(true),
            Ok(answer) if ABSENT.contains(&answer.status()) => Ok(false),
            Ok(answer) => Ok(is_mcp(&answer.text()?)),
            // The redirect leads to the page for signing in.
            Err(error) if error.cause == Cause::Elsewhere => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn is_mcp(text: &str) -> bool {
    serde_json::from_str(text).is_ok_and(|answer: Value| answer["jsonrpc"] == "2.0")
}
