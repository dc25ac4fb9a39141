//! A connection to the engine, which carries one exchange after the other.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;

use super::{Call, EngineAnswer, FailedExchange, Io};
use crate::error::{Error, Result};

/// The maximum number of bytes that are read ahead of the body's reader.
const READ_AHEAD: usize = 64 << 10;

/// The maximum number of bytes of the text of a refusal.
const REFUSAL: usize = 64 << 10;

/// A connection. Dropping it closes the stream.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

/// An answer whose body is still to be read.
#[derive(Debug)]
pub(crate) struct Open {
    connection: Connection,
    body: Incoming,
    pub(crate) status: u16,
}

impl Connection {
    /// Takes over a stream. Nothing is sent.
    pub(crate) async fn from_stream(io: Io) -> Result<Self> {
        let handshake = http1::Builder::new().max_buf_size(READ_AHEAD).handshake(TokioIo::new(io));
        let (sender, driver) = handshake.await.map_err(|_| Error::Lost)?;
        // Whoever waits for an answer gets its failures too.
        let driver = tokio::spawn(async { driver.await.unwrap_or_default() });
        Ok(Self { sender, driver })
    }

    /// Returns whether another request may be sent.
    pub(crate) fn is_usable(&self) -> bool {
        self.sender.is_ready()
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn open(mut self, call: &Call, prefix: &str) -> Result<Open, FailedExchange> {
        let request = request(call, prefix)?;
        let answer = self.sender.send_request(request).await;
        let response: Response<Incoming> = answer.map_err(|error| FailedExchange {
            was_sent: !error.is_canceled(),
            error: Error::Lost,
        })?;
        let (head, body) = response.into_parts();
        Ok(Open { connection: self, body, status: head.status.as_u16() })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Open {
    /// Returns the next part of the body; `None` at its end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        while let Some(frame) = self.body.frame().await {
            if let Ok(data) = frame.map_err(|_| Error::Lost)?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Reads the rest of the body, and gives back the connection.
    pub(crate) async fn read_whole(mut self, limit: usize) -> Result<(EngineAnswer, Connection)> {
        let limit = if self.status < 400 { limit } else { REFUSAL };
        let mut body = Vec::new();
        while let Some(part) = self.next().await? {
            if body.len() + part.len() > limit {
                return Err(Error::TooLarge);
            }
            body.extend_from_slice(&part);
        }
        Ok((EngineAnswer { status: self.status, body }, self.connection))
    }

    /// Gives back the connection. A body that was not read to its end makes it unusable.
    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }
}

fn request(call: &Call, prefix: &str) -> Result<Request<Full<Bytes>>, FailedExchange> {
    let prefix = if call.is_bare { "" } else { prefix };
    let builder = Request::builder()
        .method(&call.method)
        .uri(format!("{prefix}{}", call.path))
        .header(HOST, "docker");
    let builder = if call.body.is_empty() {
        builder
    } else {
        builder.header(CONTENT_TYPE, "application/json")
    };
    let invalid = |_| FailedExchange {
        error: Error::Invalid("the request has no valid path"),
        was_sent: false,
    };
    builder.body(Full::new(call.body.clone())).map_err(invalid)
}
