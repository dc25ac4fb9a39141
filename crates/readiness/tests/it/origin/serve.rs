//! The listeners of the stand-in.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Handshakes, Origin, Seen};

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
pub(super) async fn plain(origin: Arc<Origin>) -> SocketAddr {
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
                let service = service_fn(|request| answer(Arc::clone(&origin), request));
                let connection = hyper::server::conn::http1::Builder::new();
                let _served = connection.serve_connection(TokioIo::new(stream), service).await;
            }
        }
    }
}

async fn answer(
    origin: Arc<Origin>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let seen = Seen {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    if origin.no_headers == Some(seen.path.as_str()) || origin.no_headers == Some("*") {
        return std::future::pending().await;
    }
    let reply = origin.reply(&seen);
    let mut response = Response::builder().status(reply.status);
    let has_length = reply.headers.iter().any(|(name, _)| name == "content-length");
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    if seen.method == "HEAD" && !has_length {
        response = response.header("content-length", reply.body.len());
    }
    let body = Bytes::from(reply.body);
    let body = if origin.no_end == Some(seen.path.as_str()) {
        let begin = body.slice(..body.len().min(10));
        let parts = stream::iter([Ok(Frame::data(begin))]).chain(stream::pending());
        BoxBody::new(StreamBody::new(parts))
    } else {
        Full::new(if seen.method == "HEAD" { Bytes::new() } else { body }).boxed()
    };
    Ok(response.body(body).expect("it can be served"))
}
