//! A successful answer, read within its size limit.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::room::Held;
use crate::error::{Effect, Error};

/// An answer with a 2xx status.
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    /// The memory that it counts as.
    _held: Held,
    unreadable: Error,
}

impl Answer {
    /// Creates an answer; `unreadable` is the error for a body that can't be read.
    pub(super) fn new(
        status: u16,
        headers: HeaderMap,
        (body, held): (Bytes, Held),
        unreadable: Error,
    ) -> Self {
        Self { status, headers, body, _held: held, unreadable }
    }

    /// The HTTP status.
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

    /// Parses the body as JSON.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable)
    }

    /// Returns the body as text.
    pub fn text(self) -> Result<String, Error> {
        String::from_utf8(self.body.into()).map_err(|_| self.unreadable)
    }

    /// Checks that the body is empty or JSON. A page of a proxy in between is neither.
    pub fn done(self) -> Result<(), Error> {
        if self.body.trim_ascii().is_empty() {
            return Ok(());
        }
        self.json::<IgnoredAny>().map(|_| ())
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
