//! A raw HTTP server that follows a script, and keeps the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use covibe_domain::Secret;
use covibe_upstream::{CallStatistics, Expiry, Limiter, Rate, Settings, Transport, api_base};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The server's reaction to a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers with status, further header lines, and body.
    Answer(u16, &'static str, &'static str),
    /// Closes without a byte.
    Drop,
    /// Announces 100 bytes, sends 10, closes.
    Cut,
    /// Announces this many bytes and sends none.
    Announce(usize),
    /// Answers, keeps the connection for a moment, then closes it.
    AnswerThenClose,
    /// Never answers.
    Hang,
    /// Sends a list of so many ones, one each 60 ms.
    Slow(usize),
    /// Sends a body without an end, in chunks.
    Endless,
    /// Sends so many zeros of a list, and never its end.
    Begin(usize),
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    pub(crate) connection: usize,
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

#[derive(Clone, Default)]
pub(crate) struct Server {
    port: u16,
    script: Arc<Mutex<VecDeque<Act>>>,
    seen: Arc<Mutex<Vec<ReceivedRequest>>>,
    pub(crate) sent: Arc<Mutex<usize>>,
}

impl Server {
    pub(crate) async fn start(script: impl IntoIterator<Item = Act>) -> Self {
        Self::start_on(0, script).await
    }

    pub(crate) async fn start_on(port: u16, script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            port,
            script: Arc::new(Mutex::new(script.into_iter().collect())),
            ..Self::default()
        };
        let serving = server.clone();
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let server = serving.clone();
                tokio::spawn(async move { server.serve(connection, stream).await });
            }
        });
        server
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|seen| seen.line).collect()
    }

    pub(crate) fn transport(&self) -> Transport {
        transport(settings(self.port))
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(self.port)
    }

    async fn serve(self, connection: usize, mut stream: TcpStream) -> Option<()> {
        loop {
            let seen = receive(connection, &mut stream).await?;
            self.seen.lock().unwrap().push(seen);
            let act = self.script.lock().unwrap().pop_front().unwrap_or(Act::Answer(200, "", "{}"));
            match act {
                Act::Answer(status, headers, body) => {
                    answer(&mut stream, status, headers, body).await?;
                }
                Act::Drop => return None,
                Act::Cut => {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"uuid\":\"a")
                        .await
                        .ok()?;
                    return None;
                }
                Act::Announce(length) => {
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                    stream.write_all(head.as_bytes()).await.ok()?;
                }
                Act::AnswerThenClose => {
                    answer(&mut stream, 200, "", "{}").await?;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    return None;
                }
                Act::Hang => std::future::pending().await,
                Act::Slow(items) => trickle(&mut stream, items).await?,
                Act::Endless => self.flood(&mut stream).await?,
                Act::Begin(items) => {
                    let body = format!("[0{}", ",0".repeat(items));
                    let head = "HTTP/1.1 200 OK\r\ncontent-length: 4000000\r\n\r\n";
                    stream.write_all(head.as_bytes()).await.ok()?;
                    stream.write_all(body.as_bytes()).await.ok()?;
                    *self.sent.lock().unwrap() += body.len();
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    async fn flood(&self, stream: &mut TcpStream) -> Option<()> {
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.ok()?;
        let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
        loop {
            stream.write_all(chunk.as_bytes()).await.ok()?;
            *self.sent.lock().unwrap() += 0x4000;
        }
    }
}

pub(crate) fn settings(port: u16) -> Settings {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Settings {
        upstream: "Coolify",
        base: api_base("Coolify", &format!("http://127.0.0.1:{port}").parse().unwrap(), "/api/v1")
            .unwrap(),
        authorization: Secret::new("Bearer 1|hunter2"),
        timeout: Duration::from_millis(400),
        expiry: Expiry::default(),
        connect_timeout: Duration::from_millis(300),
        deadline: Duration::from_secs(5),
        body_limit: 256 * 1024,
        limiter: Some(Limiter::new(Rate { per_minute: 60_000, burst: 1000 }, None)),
        observed: CallStatistics::default(),
        classify: |_, _| None,
        vet: None,
        slow: None,
    }
}

pub(crate) fn transport(settings: Settings) -> Transport {
    Transport::new(settings).unwrap()
}

async fn receive(connection: usize, stream: &mut TcpStream) -> Option<ReceivedRequest> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length =
                length.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
                return Some(ReceivedRequest {
                    connection,
                    line,
                    head: head.to_owned(),
                    body: body.to_owned(),
                });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

async fn trickle(stream: &mut TcpStream, items: usize) -> Option<()> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 2 * items + 1);
    stream.write_all(head.as_bytes()).await.ok()?;
    for item in 0..items {
        stream.write_all(if item == 0 { b"[1" } else { b",1" }).await.ok()?;
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    stream.write_all(b"]").await.ok()
}

async fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &str) -> Option<()> {
    let length = body.len();
    let text = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.ok()
}
