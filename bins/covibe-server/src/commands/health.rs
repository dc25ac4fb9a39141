//! `covibe-server health`: whether the server of this configuration serves. For the health checks of containers, whose
//! image has no client of HTTP.

use anyhow::{Context as _, bail};
use covibe_config::Config;
use covibe_installation::listeners::{HEALTH, ask, reachable};
use serde_json::Value;

use super::read_sources;
use crate::print;

/// Asks the server on this machine, and fails unless it serves.
pub(crate) async fn run() -> anyhow::Result<()> {
    let config = Config::read_to_serve(&read_sources()?)?;
    let address = reachable(config.bind);
    let answer = ask(address, HEALTH).await;
    let answer = answer.with_context(|| format!("the server at {address} does not answer"))?;
    let (status, word) = parse_answer(&answer).context("the answer does not come from Co-Vibe")?;
    if status != 200 {
        bail!("the server at {address} answers {status}: it is {word}");
    }
    print::line(&format!("The server at {address} is {word}."));
    Ok(())
}

/// Returns the status and the word for the state of the server.
fn parse_answer(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let health: Value = serde_json::from_str(body).ok()?;
    Some((status, health["status"].as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_parsed_to_its_status_code_and_status_word() {
        let answer = "HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n{\"status\":\"degraded\"}";
        assert_eq!(parse_answer(answer), Some((503, "degraded".to_owned())));
        for other in ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n<html>"] {
            assert_eq!(parse_answer(other), None, "{other}");
        }
    }
}
