//! A JSON body that is read as it comes, so that it need not fit into memory.

use std::io::{self, BufReader, Read};

use serde::de::DeserializeOwned;

use super::{Exchange, Trouble, Wait};
use crate::http::Refusal;

/// The maximum number of bytes that are read of an answer which is not kept.
const MOST: usize = 256 << 20;

const FAILED: Refusal = Refusal { status: 502, message: "the Docker Engine failed" };

/// The result of reading a body.
#[derive(Debug)]
pub(crate) struct Parsed<T> {
    /// The parsed value.
    pub(crate) value: T,
    /// The whole text; `None` if it is longer than the limit for keeping it.
    pub(crate) text: Option<Vec<u8>>,
}

/// Reads the body of an answer, which is JSON, and keeps its text if that has at most `keep` bytes.
pub(crate) fn parse<T: DeserializeOwned>(
    exchange: &mut Exchange,
    wait: &mut dyn Wait,
    keep: usize,
) -> Result<Parsed<T>, Trouble> {
    let text = Some(Vec::new());
    let mut body = Body { exchange, wait, piece: Vec::new(), left: MOST, keep, text, ended: None };
    let parsed = serde_json::from_reader(BufReader::new(&mut body));
    match (parsed, body.ended) {
        (Ok(value), None) => Ok(Parsed { value, text: body.text }),
        (_, Some(trouble)) => Err(trouble),
        (Err(_), None) => Err(FAILED.into()),
    }
}

struct Body<'a> {
    exchange: &'a mut Exchange,
    wait: &'a mut dyn Wait,
    /// The bytes that were received and not read yet.
    piece: Vec<u8>,
    /// The number of bytes that may still come.
    left: usize,
    keep: usize,
    text: Option<Vec<u8>>,
    /// The reason why reading ended before the body did.
    ended: Option<Trouble>,
}

impl Body<'_> {
    /// Receives the next piece; false at the end.
    fn receive(&mut self) -> Result<bool, Trouble> {
        let Some(piece) = self.exchange.piece(self.wait)? else { return Ok(false) };
        self.left = self.left.checked_sub(piece.len()).ok_or(FAILED)?;
        self.text = self.text.take().filter(|text| text.len() + piece.len() <= self.keep);
        if let Some(text) = &mut self.text {
            text.extend_from_slice(&piece);
        }
        self.piece = piece;
        Ok(true)
    }
}

impl Read for Body<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            match self.receive() {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(trouble) => {
                    self.ended = Some(trouble);
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
        }
        let length = into.len().min(self.piece.len());
        into[..length].copy_from_slice(&self.piece[..length]);
        self.piece.drain(..length);
        Ok(length)
    }
}
