//! Answers that are compared with the request: an upstream, or a cache in front of it, may answer
//! about something else.

use serde::de::DeserializeOwned;

use super::request::Request;
use super::streamed_answer::Bounds;
use super::upstream_account::Transport;
use crate::error::{Cause, Error};

/// An answer that names its subject.
pub trait Identified {
    /// Returns whether it is about the resources that the segments of the request's path name, in
    /// order.
    fn is_about(&self, segments: &[String]) -> bool;
}

impl Request {
    /// Like [`Request::json`]; fails with [`Cause::Mistaken`] if the answer is about something else.
    pub async fn json_asked<T: DeserializeOwned + Identified>(self) -> Result<T, Error> {
        let asked = Asked::from_request(&self);
        // On the heap: provisioning waits for such an answer at many depths.
        asked.check_answer(Box::pin(self.json()).await?)
    }

    /// Like [`Request::streamed`]; fails with [`Cause::Mistaken`] if the answer is about something else.
    pub async fn streamed_asked<T>(self, bounds: Bounds) -> Result<T, Error>
    where
        T: DeserializeOwned + Identified + Send + 'static,
    {
        let asked = Asked::from_request(&self);
        asked.check_answer(self.streamed(bounds).await?)
    }
}

/// The path of a request, to compare the answer with.
struct Asked {
    transport: Transport,
    segments: Vec<String>,
    mistaken: Error,
}

impl Asked {
    fn from_request(request: &Request) -> Self {
        let effect = request.effect_of(&Cause::Mistaken);
        Self {
            transport: request.transport.clone(),
            segments: request.segments.clone(),
            mistaken: request.error(Cause::Mistaken, effect),
        }
    }

    fn check_answer<T: Identified>(self, answer: T) -> Result<T, Error> {
        if answer.is_about(&self.segments) {
            return Ok(answer);
        }
        self.transport.cannot_use(&self.mistaken);
        Err(self.mistaken)
    }
}
