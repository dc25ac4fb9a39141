//! A good answer, read within its bound.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::{Cause, Effect, Error, Request};

/// An answer with a 2xx status.
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    unreadable: Error,
}

impl Answer {
    pub(crate) fn new(request: &Request, status: u16, headers: HeaderMap, body: Bytes) -> Self {
        let effect = request.effect_of(&Cause::Malformed);
        Self { status, headers, body, unreadable: request.error(Cause::Malformed, effect) }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// A header as a number.
    pub fn number(&self, header: &str) -> Option<u64> {
        self.headers.get(header)?.to_str().ok()?.trim().parse().ok()
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|_| self.unreadable)
    }

    /// The body as text.
    pub fn text(self) -> Result<String, Error> {
        String::from_utf8(self.body.into()).map_err(|_| self.unreadable)
    }

    /// Only that the body is empty or some JSON: a page of a proxy in between is neither.
    pub fn done(self) -> Result<(), Error> {
        if self.body.trim_ascii().is_empty() {
            return Ok(());
        }
        self.json::<IgnoredAny>().map(|_| ())
    }

    /// The error that says that this answer could not be read.
    pub fn malformed(&self) -> Error {
        self.unreadable.clone()
    }

    /// Whether the failed reading of this answer leaves a change in doubt.
    pub fn effect(&self) -> Effect {
        self.unreadable.effect
    }
}
