//! A minimal HTTP/1.1 client for load: keep-alive, and answers with a content length only.

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest head of an answer, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// A keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer; it borrows the connection's buffer until the next call.
pub(crate) struct HttpAnswer<'a> {
    pub(crate) status: u16,
    /// The lines before the body.
    pub(crate) head: &'a str,
    pub(crate) body: &'a [u8],
}

/// The parts of an answer's head that are needed.
struct Head {
    status: u16,
    length: usize,
}

impl Connection {
    /// Connects to `host:port`.
    pub(crate) async fn open(authority: &str) -> Result<Self> {
        let stream = TcpStream::connect(authority)
            .await
            .with_context(|| format!("failed to connect to {authority}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(LONGEST_HEAD) })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn call(&mut self, request: &[u8]) -> Result<HttpAnswer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let start = loop {
            if let Some(at) = end_of_head(&self.buffer) {
                break at;
            }
            ensure!(self.buffer.len() < LONGEST_HEAD, "the answer's head is too long");
            self.read_more().await?;
        };
        let head = parse(&self.buffer[..start])?;
        while self.buffer.len() < start + head.length {
            self.read_more().await?;
        }
        ensure!(self.buffer.len() == start + head.length, "bytes after the answer");
        let lines = std::str::from_utf8(&self.buffer[..start])?;
        Ok(HttpAnswer { status: head.status, head: lines, body: &self.buffer[start..] })
    }

    async fn read_more(&mut self) -> Result<()> {
        ensure!(
            self.stream.read_buf(&mut self.buffer).await? > 0,
            "closed in the middle of an answer"
        );
        Ok(())
    }
}

/// Returns the offset of the body.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

fn parse(head: &[u8]) -> Result<Head> {
    let mut lines = std::str::from_utf8(head)?.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.with_context(|| format!("not an HTTP/1.1 status line: {first}"))?;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            return Ok(Head { status, length: value.trim().parse()? });
        }
    }
    bail!("an answer of status {status} without a content length")
}

/// Carries out a few calls on a runtime of their own.
pub(crate) fn block_on<T>(calls: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(calls)
}

/// Returns an address of loopback where nothing listens.
pub(crate) fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Returns the bytes of a GET request.
pub(crate) fn get(authority: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nAccept: application/json\r\n\r\n")
        .into_bytes()
}

/// Returns the bytes of a POST request as MCP clients of the 2025 protocol versions send it.
pub(crate) fn post(authority: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
pub(crate) mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Starts a server that gives the same answer to each read on every connection.
    pub(crate) async fn serve_all(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        authority
    }

    /// Starts a server for one connection that gives the next of `answers` to each read, written in
    /// the given pieces.
    async fn serve(answers: Vec<Vec<&'static str>>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            for pieces in answers {
                assert!(stream.read(&mut request).await.unwrap() > 0);
                for piece in pieces {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            }
        });
        authority
    }

    #[tokio::test]
    async fn reads_several_fragmented_answers_on_one_connection() {
        let first = vec!["HTTP/1.1 200 OK\r\nContent-", "Length: 5\r\n\r\nab", "cde"];
        let second = vec!["HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n"];
        let authority = serve(vec![first, second]).await;
        let mut connection = Connection::open(&authority).await.unwrap();
        let request = get(&authority, "/");
        let answer = connection.call(&request).await.unwrap();
        assert_eq!((answer.status, answer.body), (200, b"abcde".as_slice()));
        let answer = connection.call(&request).await.unwrap();
        assert_eq!((answer.status, answer.body), (404, b"".as_slice()));
    }

    #[tokio::test]
    async fn rejects_answers_that_it_cannot_read() {
        for (answer, says) in [
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "without a content length"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", "closed in the middle"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab", "bytes after"),
            ("SSH-2.0-x\r\n\r\n", "not an HTTP/1.1"),
        ] {
            let authority = serve(vec![vec![answer]]).await;
            let mut connection = Connection::open(&authority).await.unwrap();
            let error = connection.call(b"x").await.err().unwrap().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
