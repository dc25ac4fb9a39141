//! `covibe-server health`: whether the server of this configuration serves. For the health checks of containers, whose
//! image has no client of HTTP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use covibe_config::Config;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::read_sources;
use crate::print;

/// The time that the server has for its answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// The most bytes that are read of it: a page of metrics has some 100 kB.
const MOST: u64 = 4 << 20;

/// The path of the health.
pub(crate) const PATH: &str = "/api/health";

/// Asks the server on this machine, and fails unless it serves.
pub(crate) async fn run() -> anyhow::Result<()> {
    let config = Config::read_to_serve(&read_sources()?)?;
    let address = reachable(config.bind);
    let answer = timeout(PATIENCE, ask(address, PATH)).await.map_err(anyhow::Error::from).flatten();
    let answer = answer.with_context(|| format!("the server at {address} does not answer"))?;
    let (status, word) = parse_answer(&answer).context("the answer is not one of Co-Vibe")?;
    if status != 200 {
        bail!("the server at {address} answers {status}: it is {word}");
    }
    print::line(&format!("The server at {address} is {word}."));
    Ok(())
}

/// Asks a server on this machine for a page, and returns its body, whatever its status.
///
/// # Errors
///
/// It does not answer.
pub(crate) async fn get(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let answer = timeout(PATIENCE, ask(address, path)).await.map_err(anyhow::Error::from).flatten();
    let answer = answer.with_context(|| format!("nothing answers at {address}"))?;
    let (_, body) = answer.split_once("\r\n\r\n").context("the answer is not one of HTTP")?;
    Ok(body.to_owned())
}

async fn ask(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Returns the status and the word for the state of the server.
fn parse_answer(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let health: Value = serde_json::from_str(body).ok()?;
    Some((status, health["status"].as_str()?.to_owned()))
}

/// Returns the address by which this machine reaches a listener.
pub(crate) fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_of_all_addresses_is_reached_by_loopback() {
        for (bind, reached) in [
            ("0.0.0.0:8787", "127.0.0.1:8787"),
            ("[::]:8787", "[::1]:8787"),
            ("10.0.0.5:80", "10.0.0.5:80"),
        ] {
            assert_eq!(reachable(bind.parse().unwrap()), reached.parse().unwrap());
        }
    }

    #[test]
    fn an_answer_has_a_status_and_a_word() {
        let answer = "HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n{\"status\":\"degraded\"}";
        assert_eq!(parse_answer(answer), Some((503, "degraded".to_owned())));
        for other in ["", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n<html>"] {
            assert_eq!(parse_answer(other), None, "{other}");
        }
    }
}
