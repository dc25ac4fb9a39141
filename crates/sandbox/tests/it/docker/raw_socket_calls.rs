//! Calls of an engine over its socket, byte by byte, so that nothing is smoothed out.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// The time within which an answer must arrive; it only ends a call that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer.
#[derive(Debug, Default)]
pub(crate) struct EngineAnswer {
    pub(crate) status: u16,
    /// The headers, with their names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// True if the whole body arrived that the headers announced.
    pub(crate) is_whole: bool,
}

impl EngineAnswer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&self.body));
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(each, _)| each == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the message of a refusal.
    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Returns the bytes of each stream: of the standard output, and of the standard error.
    pub(crate) fn streams(&self) -> [Vec<u8>; 2] {
        let (mut streams, mut rest) = ([Vec::new(), Vec::new()], self.body.as_slice());
        while let Some((head, body)) = rest.split_first_chunk::<8>() {
            let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
            assert!(matches!(head[0], 1 | 2) && head[1..4] == [0; 3], "{head:?}");
            let (part, left) = body.split_at(length);
            streams[usize::from(head[0]) - 1].extend(part);
            rest = left;
        }
        assert!(rest.is_empty(), "half a frame");
        streams
    }

    /// Returns the streams as texts.
    pub(crate) fn texts(&self) -> [String; 2] {
        self.streams().map(|stream| String::from_utf8_lossy(&stream).into_owned())
    }
}

/// Opens a connection and sends a request, whose connection is upgraded if it has `Upgrade` among these
/// headers.
pub(crate) async fn open(
    socket: &Path,
    method: &str,
    path: &str,
    body: Option<&str>,
    headers: &str,
) -> UnixStream {
    let mut connection = UnixStream::connect(socket).await.unwrap();
    let close = if headers.contains("Upgrade") { "" } else { "Connection: close\r\n" };
    let body = body.unwrap_or_default();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{close}{headers}\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body.as_bytes()).await.unwrap();
    connection
}

/// Reads an answer until the connection is closed.
pub(crate) async fn read(connection: &mut UnixStream) -> EngineAnswer {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, connection.read_to_end(&mut bytes)).await;
    // A connection that is broken off may be reset.
    let _ = read.expect("an answer in time");
    parse_answer(&bytes)
}

/// Sends a request and reads its answer.
pub(crate) async fn call(
    socket: &Path,
    method: &str,
    path: &str,
    body: Option<&str>,
    headers: &str,
) -> EngineAnswer {
    read(&mut open(socket, method, path, body, headers).await).await
}

fn parse_answer(bytes: &[u8]) -> EngineAnswer {
    let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else {
        return EngineAnswer::default();
    };
    let (head, body) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + 4..]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    };
    let headers = lines.filter_map(header).collect();
    let mut answer = EngineAnswer { status, headers, body: body.to_vec(), is_whole: true };
    if answer.header("transfer-encoding") == Some("chunked") {
        (answer.body, answer.is_whole) = joined(body);
    } else if let Some(length) = answer.header("content-length") {
        answer.is_whole = length.parse::<usize>().unwrap() == body.len();
    }
    answer
}

/// Joins chunks, and returns whether the last one is there.
fn joined(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|part| part == b"\r\n") {
        let length = usize::from_str_radix(&String::from_utf8_lossy(&rest[..end]), 16).unwrap();
        if length == 0 {
            return (body, true);
        }
        let from = end + 2;
        let to = (from + length).min(rest.len());
        body.extend(&rest[from..to]);
        rest = rest.get(to + 2..).unwrap_or_default();
    }
    (body, false)
}
