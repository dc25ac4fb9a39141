//! A long answer, parsed while it arrives: only what is kept of it is ever in memory.

use std::io::{self, BufReader, Read};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use crate::attempt::{announced, lost, within};
use crate::cut::Cut;
use crate::{Cause, Error, Request};

/// How many chunks may wait to be parsed.
const AHEAD: usize = 8;

/// What is read of a long answer.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// For the body, in place of the account's, in bytes.
    pub body: usize,
    /// For a text in it, in bytes; in place of a longer one its length is read, as a number.
    pub text: usize,
}

impl Request {
    /// Sends it and parses the answer's JSON while it arrives, without its long texts. An attempt's
    /// time is for the head and for each wait for more; the call's is for everything.
    ///
    /// The parser works on a thread for blocking work, and ends with the call.
    pub async fn streamed<T>(mut self, bounds: Bounds) -> Result<T, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.streamed = true;
        let patience = self.transport.shared.settings.timeout;
        // Callers ask for several lists at once; what one needs is large.
        Box::pin(self.sent(|response| parsed(response, bounds, patience))).await
    }
}

async fn parsed<T>(
    response: reqwest::Response,
    bounds: Bounds,
    patience: Duration,
) -> Result<T, Cause>
where
    T: DeserializeOwned + Send + 'static,
{
    announced(&response, bounds.body)?;
    let (pieces, arriving) = mpsc::channel(AHEAD);
    let body = BufReader::new(Body { arriving, piece: Bytes::new() });
    let parser = tokio::task::spawn_blocking(move || serde_json::from_reader::<_, T>(body));
    let fed = feed(response, pieces, bounds, patience).await;
    let parsed = parser.await;
    // A body that broke off is no JSON either: what broke it off says more.
    fed?;
    parsed.ok().and_then(Result::ok).ok_or(Cause::Malformed)
}

/// Hands on what arrives until its end, or until the parser wants no more.
async fn feed(
    mut response: reqwest::Response,
    pieces: mpsc::Sender<Bytes>,
    bounds: Bounds,
    patience: Duration,
) -> Result<(), Cause> {
    let (mut read, mut cut) = (0, Cut::new(bounds.text));
    let mut more = async || response.chunk().await.map_err(|error| lost(&error));
    while let Some(chunk) = within(patience, more()).await? {
        read += chunk.len();
        if read > bounds.body {
            return Err(Cause::TooLarge);
        }
        let left = cut.next(&chunk);
        if !left.is_empty() && pieces.send(left.into()).await.is_err() {
            return Ok(());
        }
    }
    // Nobody waits for it who has got enough.
    let _ = pieces.send(cut.rest().into()).await;
    Ok(())
}

/// The body as the parser reads it; it ends where the call does.
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
