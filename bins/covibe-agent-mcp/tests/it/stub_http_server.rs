//! A small HTTP server, which stands for what programs ask.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// A request: its method and path, and its body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) body: String,
}

/// The status and the body of an answer. A body that begins with `event:` is a stream of events.
pub(crate) type Reply = (u16, String);

/// Serves until the test ends, and returns the address.
pub(crate) fn serve(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || exchange(stream, &*answer));
        }
    });
    address
}

fn exchange(mut stream: TcpStream, answer: &dyn Fn(&Request) -> Reply) -> Option<()> {
    let request = read_request(&stream)?;
    let (status, body) = answer(&request);
    let kind = if body.starts_with("event:") { "text/event-stream" } else { "application/json" };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
    write!(stream, "{head}Connection: close\r\n\r\n{body}").ok()
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).ok()?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(text) = header.strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line, body: String::from_utf8(body).ok()? })
}
