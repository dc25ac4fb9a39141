//! One request: built step by step, then sent until it is answered or may not be repeated.

use std::fmt::Display;

use covibe_domain::Secret;
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::retry::{ATTEMPTS, pause};
use crate::transport::header;
use crate::{Answer, Cause, ConfigError, Effect, Error, Outgoing, Refusal, Transport};

/// A request that is not sent yet.
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    pub(crate) transport: Transport,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) authorization: Option<Result<HeaderValue, ConfigError>>,
    pub(crate) repeatable: bool,
    /// Whether the answer is made use of while it arrives.
    pub(crate) streamed: bool,
}

impl Request {
    pub(crate) fn new(transport: Transport, method: &'static str, path: &'static str) -> Self {
        let (segments, query) = (Vec::new(), Vec::new());
        Self {
            transport,
            method,
            path,
            segments,
            query,
            body: None,
            authorization: None,
            repeatable: false,
            streamed: false,
        }
    }

    /// Fills the template's next `{…}`.
    pub fn segment(mut self, text: impl Into<String>) -> Self {
        self.segments.push(text.into());
        self
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &'static str, value: impl Display) -> Self {
        self.query.push((name, format!("{value}")));
        self
    }

    /// Sends this JSON.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Says that sending it twice does what sending it once does.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Signs in with another `Authorization` header than the account's.
    ///
    /// A text that no header can carry is credentials that no upstream accepts: the request fails
    /// as unauthorized without being sent, and never as the account instead.
    pub fn authorization(mut self, text: &Secret) -> Self {
        self.authorization = Some(header(self.transport.upstream(), text));
        self
    }

    /// Sends it and reads the answer's JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.send().await?.json()
    }

    /// Sends it and reads the answer as text.
    pub async fn text(self) -> Result<String, Error> {
        self.send().await?.text()
    }

    /// Sends it; of the answer only matters that it is one of the upstream's.
    pub async fn done(self) -> Result<(), Error> {
        self.send().await?.done()
    }

    /// Sends it; anything but 2xx is an error. What the list of the upstream's client does not have
    /// is refused and not sent, see [`crate::Vet`].
    pub async fn send(self) -> Result<Answer, Error> {
        self.sent(|response| self.whole(response)).await
    }

    /// The same, with `take` making of a good answer what is wanted, within the attempt.
    pub(crate) async fn sent<T, F>(&self, take: impl Fn(reqwest::Response) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Cause>>,
    {
        self.vetted()?;
        let settings = &self.transport.shared.settings;
        let deadline = Instant::now() + settings.deadline;
        let mut effect = Effect::None;
        let mut last = None;
        for attempt in 1..=ATTEMPTS {
            let cause = match self.attempt(deadline, &take).await {
                Ok(taken) => return Ok(taken),
                // Waiting for our own turn failed: what the attempt before it met says more.
                Err(Cause::Limited { ours: true, .. }) if last.is_some() => break,
                Err(cause) => cause,
            };
            effect = effect.max(self.effect_of(&cause));
            tracing::debug!(upstream = settings.upstream, self.method, self.path, attempt, %cause, "call failed");
            let wait = pause(attempt, self.repeatable, &cause);
            last = Some(cause);
            match wait {
                Some(wait) if Instant::now() + wait < deadline => sleep(wait).await,
                _ => break,
            }
        }
        Err(self.error(self.told(last.unwrap_or(Cause::TimedOut)), effect))
    }

    /// What an answer means for this very request: one that makes something and names nothing that
    /// is there already can't be in want of it.
    fn told(&self, cause: Cause) -> Cause {
        match cause {
            Cause::NotFound if self.method == "POST" && self.segments.is_empty() => {
                Cause::Failed { status: 404 }
            }
            other => other,
        }
    }

    fn vetted(&self) -> Result<(), Error> {
        let Some(vet) = self.transport.shared.settings.vet else { return Ok(()) };
        let Self { method, path, segments, query, body, .. } = self;
        let fields = vet(&Outgoing { method, path, segments, query, body: body.as_ref() });
        if fields.is_empty() {
            return Ok(());
        }
        let fields = fields.into_map();
        let names: Vec<_> = fields.keys().collect();
        tracing::warn!(upstream = self.transport.upstream(), method, path, ?names, "not sent");
        Err(self.error(Cause::Refused(Refusal { status: 422, fields }), Effect::None))
    }

    /// Whether a request that ended like this may have changed something.
    pub(crate) fn effect_of(&self, cause: &Cause) -> Effect {
        let in_doubt = matches!(
            cause,
            Cause::Dropped
                | Cause::TimedOut
                | Cause::Malformed
                | Cause::TooLarge
                | Cause::Failed { .. }
        );
        if in_doubt && self.method != "GET" { Effect::Possible } else { Effect::None }
    }

    pub(crate) fn error(&self, cause: Cause, effect: Effect) -> Error {
        Error {
            upstream: self.transport.upstream(),
            method: self.method,
            path: self.path,
            cause,
            effect,
        }
    }
}
