//! A server that answers at once and keeps nothing: what a call takes beyond it is the companion's.

use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The server; it ends when this is dropped.
pub(super) struct StandIn {
    origin: String,
    task: JoinHandle<()>,
}

impl StandIn {
    /// Starts it on a free port.
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin: Arc<str> = format!("http://{}", listener.local_addr()?).into();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move { serve(stream).await });
            }
        });
        Ok(Self { origin: origin.to_string(), task })
    }

    /// Returns where it serves.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers the requests of a connection until it ends.
async fn serve(mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut received = Vec::new();
    loop {
        let (head, length) = loop {
            if let Some(request) = split(&received) {
                break request;
            }
            if stream.read_buf(&mut received).await.ok()? == 0 {
                return None;
            }
        };
        let body = received[head.len()..head.len() + length].to_vec();
        received.drain(..head.len() + length);
        stream.write_all(&answer(&head, &body)).await.ok()?;
    }
}

/// Returns the head of a request and the length of its body, once all of it was received.
fn split(received: &[u8]) -> Option<(String, usize)> {
    let at = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&received[..at]).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let length = length.unwrap_or(0);
    (received.len() >= at + length).then_some((head, length))
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let is_authorized = head.to_ascii_lowercase().contains("\nauthorization:");
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let (status, body) = match path {
        "/api/health" => {
            ("200 OK", json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
        }
        _ if !is_authorized => {
            ("401 Unauthorized", json!({ "error": "No key.", "hint": "Log in." }))
        }
        "/api/companion/me" => ("200 OK", identity()),
        "/api/companion/batch" => ("200 OK", json!({ "items": accept_batch(&request) })),
        _ => ("200 OK", result(&request)),
    };
    let (text, kind) = (body.to_string(), "Content-Type: application/json");
    let length = text.len();
    format!("HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{text}").into_bytes()
}

fn identity() -> Value {
    json!({
        "workspace": "bench",
        "salt": "5a".repeat(32),
        "serverVersion": env!("CARGO_PKG_VERSION"),
        "retentionDays": 90,
    })
}

fn accept_batch(batch: &Value) -> Vec<Value> {
    let items = batch["items"].as_array().into_iter().flatten();
    items.map(|item| json!({ "id": item["id"], "status": "accepted" })).collect()
}

fn result(request: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": request["id"], "result": { "tools": [] } })
}
