//! A successful answer, read within its size limit.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::answer_memory::RoomPermit;
use super::upstream_account::Transport;
use crate::error::{Effect, Error};

/// An answer with a 2xx status, or with one that the request accepts.
pub struct UpstreamAnswer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    /// The memory that it counts as.
    _held: RoomPermit,
    transport: Transport,
    unreadable: Error,
}

impl UpstreamAnswer {
    /// Creates an answer of this account; `unreadable` is the error for a body that can't be read.
    pub(super) fn new(
        transport: Transport,
        (status, headers): (u16, HeaderMap),
        (body, held): (Bytes, RoomPermit),
        unreadable: Error,
    ) -> Self {
        Self { status, headers, body, _held: held, transport, unreadable }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the length of the body, in bytes.
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// Returns a header as a number.
    pub fn number(&self, header: &str) -> Option<u64> {
        self.headers.get(header)?.to_str().ok()?.trim().parse().ok()
    }

    /// Returns a header's text; `None` where it is absent or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Parses the body as JSON.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable())
    }

    /// Returns the body as text.
    pub fn text(self) -> Result<String, Error> {
        match str::from_utf8(&self.body) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.unreadable()),
        }
    }

    /// Parses the body as a text in the upstream's own format; `parse` returns `None` for an answer
    /// that can't be read.
    pub fn parse_with<T>(self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Error> {
        match str::from_utf8(&self.body).ok().and_then(parse) {
            Some(parsed) => Ok(parsed),
            None => Err(self.unreadable()),
        }
    }

    /// Checks that the body is empty or JSON. A page of a proxy in between is neither.
    pub fn check_empty_or_json(self) -> Result<(), Error> {
        if self.body.trim_ascii().is_empty() {
            return Ok(());
        }
        self.json::<IgnoredAny>().map(|_| ())
    }

    /// Logs that the answer can't be read, and returns the error.
    fn unreadable(self) -> Error {
        self.transport.cannot_use(&self.unreadable);
        self.unreadable
    }

    /// Returns the error for an answer that can't be read.
    pub fn malformed(&self) -> Error {
        self.unreadable.clone()
    }

    /// Returns whether failing to read this answer leaves a change in doubt.
    pub fn effect(&self) -> Effect {
        self.unreadable.effect
    }
}
