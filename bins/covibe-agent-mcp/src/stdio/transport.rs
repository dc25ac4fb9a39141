//! Messages as lines of JSON between two pipes.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use futures_util::{SinkExt as _, StreamExt as _};
use rmcp::RoleServer;
use rmcp::model::{ErrorData, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::{JsonRpcMessageCodec, JsonRpcMessageCodecError, TransportWriter};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;
use tokio_util::codec::{Decoder as _, FramedRead, FramedWrite};
use tokio_util::sync::CancellationToken;

use super::bounded_lines::{Line, LineDecoder, MAX_MESSAGE, id_of};
use super::shutdown::Ending;

type Received = RxJsonRpcMessage<RoleServer>;
type Sent = TxJsonRpcMessage<RoleServer>;

/// Reads and writes messages. In contrast to rmcp's own transport it answers a message that is too long, and survives
/// notifications that precede the first request.
pub(super) struct StdioTransport<R, W> {
    lines: FramedRead<R, LineDecoder>,
    writer: Writer<W>,
    ending: Ending,
    has_request: bool,
}

/// The way out. Clones write to the same one.
struct Writer<W> {
    frames: Arc<Mutex<Option<TransportWriter<RoleServer, W>>>>,
    /// Cancelled when nobody is reading.
    broken: CancellationToken,
}

impl<W> Clone for Writer<W> {
    fn clone(&self) -> Self {
        Self { frames: Arc::clone(&self.frames), broken: self.broken.clone() }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Writer<W> {
    async fn send(self, message: Sent) -> io::Result<()> {
        let mut frames = self.frames.lock().await;
        let Some(frames) = frames.as_mut() else { return Err(io::ErrorKind::NotConnected.into()) };
        let sent = frames.send(message).await.map_err(io::Error::from);
        if sent.is_err() {
            self.broken.cancel();
        }
        sent
    }

    /// Answers what is no request that anybody could handle. The task outlives the reader, which may be interrupted.
    fn refuse(&self, id: Option<RequestId>, error: ErrorData) {
        let writer = self.clone();
        tokio::spawn(async move {
            if let Err(error) = writer.send(Sent::error(error, id)).await {
                tracing::warn!(%error, "an error answer could not be sent");
            }
        });
    }
}

impl<R: AsyncRead + Send + Unpin, W: AsyncWrite + Send + Unpin + 'static> StdioTransport<R, W> {
    pub(super) fn new(read: R, write: W, ending: Ending) -> Self {
        let frames = FramedWrite::new(write, JsonRpcMessageCodec::default());
        let frames = Arc::new(Mutex::new(Some(frames)));
        let writer = Writer { frames, broken: CancellationToken::new() };
        let lines = FramedRead::new(read, LineDecoder::default());
        Self { lines, writer, ending, has_request: false }
    }

    /// Waits for a line; `None` at the end of the input, or if nobody reads the answers.
    async fn line(&mut self) -> Option<Line> {
        let line = tokio::select! {
            line = self.lines.next() => line?,
            () = self.writer.broken.cancelled() => return None,
        };
        line.inspect_err(|error| tracing::warn!(%error, "the input can't be read")).ok()
    }

    /// Returns the message of a line, unless it is answered here or is not a message.
    fn message(&mut self, line: Line) -> Option<Received> {
        let message = match line {
            Line::Whole(line) => self.parse(line)?,
            Line::TooLong(id) => {
                self.writer.refuse(id, too_long());
                return None;
            }
        };
        self.has_request |= matches!(message, Received::Request(_));
        // rmcp would end the connection.
        self.has_request.then_some(message)
    }

    fn parse(&self, mut line: BytesMut) -> Option<Received> {
        let whole = line.clone();
        let error = match JsonRpcMessageCodec::default().decode(&mut line) {
            Ok(message) => return message,
            Err(JsonRpcMessageCodecError::Serde(error)) => error,
            Err(error) => {
                tracing::warn!(%error, "a line of the input is not a message");
                return None;
            }
        };
        match serde_json::from_slice::<Value>(&whole) {
            Ok(value) => {
                let id = serde_json::from_value(value["id"].clone()).ok();
                self.writer
                    .refuse(id, ErrorData::invalid_request("This is not an MCP message.", None));
            }
            Err(_) if whole.trim_ascii().is_empty() => {}
            Err(_) => {
                if let Some(id) = id_of(&whole) {
                    self.writer.refuse(Some(id), unreadable(&error));
                } else {
                    // An answer could be echoed back by what wrote the line, without an end.
                    tracing::warn!(%error, "a line that is not JSON was ignored");
                }
            }
        }
        None
    }
}

fn unreadable(error: &serde_json::Error) -> ErrorData {
    let hint =
        json!({ "hint": "Send JSON with fewer levels, whole characters and usual numbers." });
    ErrorData::parse_error(format!("The message is not JSON: {error}."), Some(hint))
}

fn too_long() -> ErrorData {
    let message = format!("The message has more than {MAX_MESSAGE} bytes. It was not read.");
    let hint = "Send the content in several calls.";
    ErrorData::invalid_request(message, Some(json!({ "maxBytes": MAX_MESSAGE, "hint": hint })))
}

impl<R, W> Transport<RoleServer> for StdioTransport<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(&mut self, message: Sent) -> impl Future<Output = io::Result<()>> + Send + 'static {
        self.writer.clone().send(message)
    }

    async fn receive(&mut self) -> Option<Received> {
        while let Some(line) = self.line().await {
            if let Some(message) = self.message(line) {
                return Some(message);
            }
        }
        self.ending.begin_after_grace();
        None
    }

    async fn close(&mut self) -> io::Result<()> {
        drop(self.writer.frames.lock().await.take());
        Ok(())
    }
}
