//! The listeners of the stand-in.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use rustls::ServerConfig;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite,
    AsyncWriteExt as _, BufStream,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Handshakes, Origin, ReceivedRequest};

/// The alert of a server that has no version of TLS in common with the client.
const NO_COMMON_VERSION: &[u8] = &[0x15, 3, 1, 0, 2, 2, 70];

/// The beginning of an answer to the greeting of TLS 1.1.
const OLD_HELLO: &[u8] = &[0x16, 3, 2, 0, 4, 2, 0, 0, 0];

/// Listens where TLS is expected.
pub(super) async fn secure(origin: Arc<Origin>, tls: Arc<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("it can be served");
    let address = listener.local_addr().expect("it can be served");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(accept(Arc::clone(&origin), Arc::clone(&tls), stream));
        }
    });
    address
}

/// Listens for plain HTTP, which leads elsewhere.
pub(super) async fn serve_plain(origin: Arc<Origin>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("it can be served");
    let address = listener.local_addr().expect("it can be served");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let location = &origin.redirect;
            let head = "HTTP/1.1 308 Permanent Redirect\r\nContent-Length: 0\r\nLocation:";
            let answer = format!("{head} {location}\r\n\r\n");
            let mut request = [0; 1024];
            let _read = stream.read(&mut request).await;
            let _written = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

async fn accept(origin: Arc<Origin>, tls: Arc<ServerConfig>, mut stream: TcpStream) {
    let mut greeting = [0; 11];
    let peeked = stream.peek(&mut greeting).await.unwrap_or_default();
    let is_old = peeked == greeting.len() && greeting[9..] == [3, 2];
    match origin.handshakes {
        Handshakes::Stall => std::future::pending().await,
        Handshakes::OldAlone if !is_old => {
            let _written = stream.write_all(NO_COMMON_VERSION).await;
        }
        Handshakes::OldToo if is_old => {
            let _written = stream.write_all(OLD_HELLO).await;
        }
        Handshakes::Plain => {
            let _written = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
        _ => {
            if let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await {
                let _answered = answer(&origin, stream).await;
            }
        }
    }
}

/// Answers one request, and ends the connection.
async fn answer(origin: &Origin, stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut stream = BufStream::new(stream);
    let Some(seen) = receive(&mut stream).await? else { return Ok(()) };
    if origin.no_headers == Some(seen.path.as_str()) || origin.no_headers == Some("*") {
        return std::future::pending().await;
    }
    let reply = origin.reply(&seen);
    let mut head = format!("HTTP/1.1 {} Standin\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        let _written = write!(head, "{name}: {value}\r\n");
    }
    if !reply.headers.iter().any(|(name, _)| name == "content-length") {
        let _written = write!(head, "content-length: {}\r\n", reply.body.len());
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    if origin.no_end == Some(seen.path.as_str()) {
        stream.write_all(&reply.body[..reply.body.len().min(10)]).await?;
        stream.flush().await?;
        return std::future::pending().await;
    }
    if seen.method != "HEAD" {
        stream.write_all(&reply.body).await?;
    }
    stream.flush().await?;
    stream.shutdown().await
}

/// Receives a request; none if the connection ended before it.
async fn receive(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<ReceivedRequest>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head).await? == 0 {
            return Ok(None);
        }
    }
    let mut fields = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut fields);
    request.parse(&head).map_err(io::Error::other)?;
    let mut headers = HeaderMap::new();
    for field in request.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(io::Error::other)?;
        headers.append(name, HeaderValue::from_bytes(field.value).map_err(io::Error::other)?);
    }
    let target = request.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let method = request.method.unwrap_or_default().to_owned();
    let mut seen = ReceivedRequest { method, path, query, headers, body: Bytes::new() };
    let mut body = vec![0; seen.header("content-length").parse().unwrap_or_default()];
    stream.read_exact(&mut body).await?;
    seen.body = body.into();
    Ok(Some(seen))
}
