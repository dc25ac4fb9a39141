//! Long answers, parsed within their size limits while they arrive, so that only the parsed part is in memory.

use std::io::{self, BufReader, Read};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::answer_memory::RoomPermit;
use super::attempt::{check_announced_length, connection_cause, with_timeout};
use super::json_shortening::{Cut, LongText};
use super::request::Request;
use crate::error::{Cause, Error};

/// The longest answer that is parsed at once when it is complete, in bytes without its long texts. Most are shorter,
/// and a slice is parsed much faster than a stream.
const AT_ONCE: usize = 256 * 1024;

/// The maximum number of chunks that wait to be parsed.
const AHEAD: usize = 8;

/// The size limits of a streamed answer.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The limit of the body, in bytes; replaces the account's limit.
    pub body: usize,
    /// The limit of the body without the excess of long texts, in bytes.
    pub kept: usize,
    /// The limit of each text in it, in bytes.
    pub text: usize,
    /// The part that is kept of a longer text.
    pub long: LongText,
}

impl Request {
    /// Sends the request and parses the answer's JSON while it arrives, without its long texts. The
    /// attempt's timeout applies to the head and to each wait for more; the call's deadline applies
    /// to everything.
    ///
    /// The parser of a longer answer runs on a blocking thread and ends with the call.
    pub async fn streamed<T>(mut self, bounds: Bounds) -> Result<T, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.streamed = true;
        let patience = self.transport.shared.settings.timeout;
        // On the heap: the future is large, and callers ask for several lists at once.
        let room = || self.transport.room();
        Box::pin(self.send_with(|response| parse_stream(response, bounds, patience, room()))).await
    }
}

async fn parse_stream<T>(
    response: reqwest::Response,
    bounds: Bounds,
    patience: Duration,
    held: RoomPermit,
) -> Result<T, Cause>
where
    T: DeserializeOwned + Send + 'static,
{
    check_announced_length(&response, bounds.body)?;
    let cut = Cut::new(bounds.text, bounds.long);
    // It keeps its room until the answer is parsed.
    let mut answer = Arriving { response, bounds, patience, held, cut, read: 0 };
    let mut begin: Vec<u8> = Vec::new();
    while begin.len() <= AT_ONCE {
        let Some(piece) = answer.next_piece().await? else {
            begin.extend(answer.cut.finish());
            return serde_json::from_slice(&begin).map_err(|_| Cause::Malformed);
        };
        begin.extend(piece);
    }
    let (pieces, arriving) = mpsc::channel(AHEAD);
    let body = BufReader::new(Body { arriving, piece: begin.into() });
    let parser = tokio::task::spawn_blocking(move || serde_json::from_reader::<_, T>(body));
    let fed = answer.feed(pieces).await;
    let parsed = parser.await;
    // A truncated body is not JSON either; its cause is the better error.
    fed?;
    parsed.ok().and_then(Result::ok).ok_or(Cause::Malformed)
}

/// An answer's body while it arrives.
struct Arriving {
    response: reqwest::Response,
    bounds: Bounds,
    patience: Duration,
    held: RoomPermit,
    cut: Cut,
    /// The bytes that have arrived.
    read: usize,
}

impl Arriving {
    /// Returns the next piece without long texts; `None` at the end of the body.
    async fn next_piece(&mut self) -> Result<Option<Vec<u8>>, Cause> {
        let response = &mut self.response;
        let next = async { response.chunk().await.map_err(|error| connection_cause(&error)) };
        let Some(chunk) = with_timeout(self.patience, next).await? else { return Ok(None) };
        self.read += chunk.len();
        if self.read > self.bounds.body {
            return Err(Cause::TooLarge);
        }
        let left = self.cut.copy_piece(&chunk);
        let kept = self.read - self.cut.excess();
        if kept > self.bounds.kept {
            return Err(Cause::TooLarge);
        }
        self.held.wait_for_room(kept).await?;
        Ok(Some(left))
    }

    /// Forwards what arrives until the end of the body, or until the parser stops.
    async fn feed(&mut self, pieces: mpsc::Sender<Bytes>) -> Result<(), Cause> {
        while let Some(piece) = self.next_piece().await? {
            if !piece.is_empty() && pieces.send(piece.into()).await.is_err() {
                return Ok(());
            }
        }
        // The parser may have stopped already.
        let _ = pieces.send(self.cut.finish().into()).await;
        Ok(())
    }
}

/// The body as the parser reads it; it ends with the call.
struct Body {
    arriving: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.arriving.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let length = into.len().min(self.piece.len());
        self.piece.split_to(length).copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}
