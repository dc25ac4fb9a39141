//! The client against local servers that answer in the forms that the vendors document: each answers every request with the
//! same status and body, and keeps what it received.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile_answers;
mod refusals;
mod vendor_formats;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use covibe_domain::Secret;
use covibe_web_search::{Client, Config, Provider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The key that clients present.
pub(crate) const KEY: &str = "key-hunter2";

/// An answer: status, further header lines, body.
#[derive(Clone, Debug)]
pub(crate) struct Canned {
    pub(crate) status: u16,
    pub(crate) headers: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Canned {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: "", body: body.into() }
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    /// The heads and bodies of the requests.
    pub(crate) seen: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    pub(crate) async fn start(answer: Canned) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::default();
        let server = Self { url, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer.clone(), Arc::clone(&seen)));
            }
        });
        server
    }

    /// Returns a client that knows this server as the provider.
    pub(crate) fn client(&self, provider: Provider) -> Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = if provider.needs_key() { KEY } else { "" };
        let mut config = Config::new(provider, Secret::new(key), Some(self.url.parse().unwrap()));
        config.timeout = Duration::from_secs(5);
        Client::new(config).unwrap()
    }

    /// Returns the head and the body of the only request.
    pub(crate) fn only_request(&self) -> (String, String) {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Canned,
    seen: Arc<Mutex<Vec<(String, String)>>>,
) -> Option<()> {
    let received = receive(&mut stream).await?;
    seen.lock().unwrap().push(received);
    let Canned { status, headers, body } = answer;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&body).await.ok()?;
    stream.shutdown().await.ok()
}

async fn receive(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
