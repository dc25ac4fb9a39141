//! A server that gives the answers of a test, in order, and notes the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use covibe_companion::Origin;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// An answer: its status, its headers beyond the usual ones, and its body.
pub(crate) type Reply = (u16, &'static str, Value);

/// A request: its method and path, and its body.
pub(crate) type StubRequest = (String, Value);

/// The server.
pub(crate) struct StubServer {
    pub(crate) origin: Origin,
    asked: Arc<Mutex<Vec<StubRequest>>>,
}

impl StubServer {
    /// Starts a server. The answers get the origin; the last one is repeated.
    pub(crate) async fn start(replies: impl FnOnce(&str) -> Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let replies = Arc::new(Mutex::new(VecDeque::from(replies(&address))));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&replies), Arc::clone(&log)));
            }
        });
        Self { origin: Origin::judge(&address).unwrap().origin, asked }
    }

    pub(crate) fn requests(&self) -> Vec<StubRequest> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<StubRequest>>>,
) {
    let Some((line, body)) = read(&mut stream).await else { return };
    asked.lock().unwrap().push((line, body));
    let (status, headers, body) = {
        let mut replies = replies.lock().unwrap();
        if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    let _closed = stream.write_all(format!("{head}{body}").as_bytes()).await;
    let _closed = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<StubRequest> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .to_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
        if body.len() >= length.unwrap_or(0) {
            let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
            return Some((line, serde_json::from_str(body).unwrap_or_default()));
        }
    }
}
