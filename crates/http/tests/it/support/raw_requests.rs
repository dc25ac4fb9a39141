//! Requests as bytes, for those that no HTTP library would send.

use std::collections::BTreeMap;

use covibe_testkit_http::{Agent, AgentAnswer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The bytes of a POST to `/api/mcp` with the agent's key, these further header lines and body.
pub(crate) fn post(agent: &Agent, headers: &str, body: &[u8]) -> Vec<u8> {
    request(agent, "POST", "/api/mcp", headers, body)
}

/// The bytes of a request with the agent's key and a length, unless the headers tell another.
pub(crate) fn request(
    agent: &Agent,
    method: &str,
    path: &str,
    headers: &str,
    body: &[u8],
) -> Vec<u8> {
    let key = agent.key.as_ref().map(|key| key.expose().to_owned()).unwrap_or_default();
    let host = agent.origin.trim_start_matches("http://");
    let host = format!("Host: {host}\r\n");
    let host = if headers.starts_with("Host:") { "" } else { &host };
    let length = format!("Content-Length: {}\r\n", body.len());
    let length = if headers.contains("Transfer-Encoding") { "" } else { &length };
    let head = format!(
        "{method} {path} HTTP/1.1\r\n{host}Authorization: Bearer {key}\r\n{length}{headers}\
         Connection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// One chunk and the end of a chunked body.
pub(crate) fn as_chunk(body: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat()
}

/// Sends bytes on a connection of their own and reads the answer to its end.
pub(crate) async fn send(agent: &Agent, bytes: &[u8]) -> AgentAnswer {
    finish(begin_request(agent, b"").await, bytes).await
}

/// Sends the first bytes of a request on a connection of its own.
pub(crate) async fn begin_request(agent: &Agent, bytes: &[u8]) -> TcpStream {
    let address = agent.origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(bytes).await.expect("it is read");
    stream
}

/// Sends the rest of a request and reads the answer to its end.
pub(crate) async fn finish(mut stream: TcpStream, bytes: &[u8]) -> AgentAnswer {
    // A server that refuses a body early may close before it was sent whole.
    let _refused_early = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    assert!(read.is_ok() || !answer.is_empty(), "no answer: {read:?}");
    parse(&answer)
}

fn parse(bytes: &[u8]) -> AgentAnswer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    assert!(!headers.contains_key("transfer-encoding"), "answers have a length: {head}");
    AgentAnswer { status: status.parse().expect("a status"), headers, text: body.to_owned() }
}
