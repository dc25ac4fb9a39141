//! One request: built step by step, then sent and repeated where that is safe.

use std::fmt::Display;

use covibe_domain::{Secret, TRACE_TARGET, boxed};
use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};

use super::answer::UpstreamAnswer;
use super::raw_body::{Payload, SignedBody};
use super::retry::{ATTEMPTS, pause};
use super::upstream_account::{Outgoing, Transport, header, warn};
use crate::base_url::ConfigError;
use crate::error::{Cause, Effect, Error, Refusal};

/// A request that has not been sent yet.
#[must_use = "a request does nothing until it is sent"]
#[expect(clippy::struct_excessive_bools, reason = "a request's switches are independent")]
pub struct Request {
    pub(crate) transport: Transport,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// The signed body and headers that replace the JSON body and the account's header.
    pub(crate) sealed: Option<SignedBody>,
    /// A body in another format than JSON.
    pub(super) payload: Option<Payload>,
    /// Further headers, by their name.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// Further headers whose values are made for this request, by their name in lower case.
    pub(crate) signed: Vec<(&'static str, Secret)>,
    pub(crate) authorization: Authorization,
    pub(crate) repeatable: bool,
    /// True if it changes nothing on the upstream.
    pub(crate) reads: bool,
    /// True if the answer is parsed while it arrives.
    pub(crate) streamed: bool,
    /// True if only an operator can mend a refusal.
    pub(crate) operators: bool,
    /// True if its path is one of the host, and not below the API.
    pub(crate) at_root: bool,
    /// Statuses beside 2xx whose answers the caller reads itself.
    pub(crate) accepted: &'static [u16],
    /// True if its route is missing in earlier releases.
    pub(super) may_be_unsupported: bool,
}

/// The `Authorization` header of a request.
pub(crate) enum Authorization {
    /// The account's.
    Account,
    /// Another, or the error for a text that is not a valid header value.
    Other(Result<HeaderValue, ConfigError>),
    /// None.
    None,
}

impl Transport {
    /// Creates a GET request; `path` is a template such as `/projects/{uuid}`.
    pub fn get(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "GET", path).repeatable()
    }

    /// Creates a POST request.
    pub fn post(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "POST", path)
    }

    /// Creates a POST request to the base URL itself, of an API with one address for all commands.
    ///
    /// `command` stands for the path in errors and logs. The account's `Authorization` header is not sent, and no
    /// connection is used twice.
    pub fn command(&self, command: &'static str, sealed: SignedBody) -> Request {
        let request = Request::new(self.clone(), "POST", command);
        Request { sealed: Some(sealed), ..request }
    }

    /// Creates a PATCH request.
    pub fn patch(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "PATCH", path)
    }

    /// Creates a PUT request.
    pub fn put(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "PUT", path)
    }

    /// Creates a DELETE request.
    pub fn delete(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "DELETE", path)
    }
}

impl Request {
    fn new(transport: Transport, method: &'static str, path: &'static str) -> Self {
        let (segments, query) = (Vec::new(), Vec::new());
        Self {
            transport,
            method,
            path,
            segments,
            query,
            body: None,
            sealed: None,
            payload: None,
            headers: Vec::new(),
            signed: Vec::new(),
            authorization: Authorization::Account,
            repeatable: false,
            reads: method == "GET",
            streamed: false,
            operators: false,
            at_root: false,
            accepted: &[],
            may_be_unsupported: false,
        }
    }

    /// Fills in the template's next `{…}`. In the place of one that ends with `*`, such as `{path*}`, the text may
    /// have several segments.
    pub fn segment(mut self, text: impl Into<String>) -> Self {
        self.segments.push(text.into());
        self
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &'static str, value: impl Display) -> Self {
        self.query.push((name, format!("{value}")));
        self
    }

    /// Sets the JSON body.
    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// Sets the body to a form, whose values are ours.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        Self { payload: Some(Payload::form(fields)), ..self }
    }

    /// Sets the body to bytes of this media type.
    pub fn bytes(self, media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { payload: Some(Payload::Bytes(media_type, bytes.into())), ..self }
    }

    /// Adds a header whose value is fixed.
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds headers that belong to a signature, by their names in lower case. A text that no header can carry fails as
    /// unauthorized, and the request is not sent.
    pub fn signed_headers(mut self, headers: Vec<(&'static str, Secret)>) -> Self {
        self.signed.extend(headers);
        self
    }

    /// Leaves out the `Authorization` header.
    pub fn anonymous(mut self) -> Self {
        self.authorization = Authorization::None;
        self
    }

    /// Marks the request as idempotent: it may be repeated after it may have arrived.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Marks a command that changes nothing: it may be repeated, and leaves nothing in doubt.
    pub fn reading(self) -> Self {
        Self { reads: true, ..self.repeatable() }
    }

    /// Marks a request that has no values of a caller: a refusal is [`Cause::Operator`], and its reason is logged.
    pub fn operator_only(mut self) -> Self {
        self.operators = true;
        self
    }

    /// Marks a request for a route that earlier releases lack: their routers' answer, a 404 with a text or a 405,
    /// becomes [`Cause::Unsupported`]. A proxy without a route answers in the same way.
    pub fn may_be_unsupported(self) -> Self {
        Self { may_be_unsupported: true, ..self }
    }

    /// Sends the request to its path at the host, not below the API; [`crate::Vet`], which knows the API, does not see it.
    pub fn at_root(self) -> Self {
        Self { at_root: true, ..self }
    }

    /// Treats answers with these statuses as successful, for a refusal with content that the caller goes on with.
    pub fn accept_statuses(self, statuses: &'static [u16]) -> Self {
        Self { accepted: statuses, ..self }
    }

    /// Replaces the account's `Authorization` header.
    ///
    /// If the text is not a valid header value, the request fails as unauthorized; it is not sent, and never falls
    /// back to the account.
    pub fn authorization(mut self, text: &Secret) -> Self {
        self.authorization = Authorization::Other(header(self.transport.upstream(), text));
        self
    }

    /// Sends the request and parses the answer's JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.send().await?.json()
    }

    /// Sends the request and returns the answer as text.
    #[boxed]
    pub async fn text(self) -> Result<String, Error> {
        self.send().await?.text()
    }

    /// Sends the request and checks only that the answer is the upstream's.
    #[boxed]
    pub async fn execute(self) -> Result<(), Error> {
        self.send().await?.check_empty_or_json()
    }

    /// Sends the request; any status but 2xx is an error. A request that [`crate::Vet`] refuses is not sent.
    #[boxed]
    pub async fn send(self) -> Result<UpstreamAnswer, Error> {
        // On the heap: provisioning waits for such an answer at many depths.
        Box::pin(self.send_with(|response| self.read_whole(response))).await
    }

    /// Like [`Request::send`]; `take` turns a successful answer into the result, within the attempt.
    pub(crate) async fn send_with<T, F, Take>(&self, take: Take) -> Result<T, Error>
    where
        Take: Fn(reqwest::Response) -> F,
        F: Future<Output = Result<T, Cause>>,
    {
        self.check_fields()?;
        let settings = &self.transport.shared.settings;
        let deadline = self.deadline();
        let mut effect = Effect::None;
        let mut last = None;
        for attempt in 1..=ATTEMPTS {
            let span = self.span(attempt);
            let cause = match self.attempt(deadline, &take).instrument(span.clone()).await {
                Ok(taken) => return Ok(taken),
                // Our own rate budget ran out: the previous attempt's cause is the better error.
                Err(Cause::Limited { ours: true, .. }) if last.is_some() => break,
                Err(cause) => cause,
            };
            span.record("error.type", display(&cause)).record("otel.status_code", "ERROR");
            effect = effect.max(self.effect_of(&cause));
            tracing::debug!(upstream = settings.upstream, self.method, self.path, attempt, %cause, "an attempt at a request failed");
            let wait = pause(attempt, self.repeatable, &cause).filter(|_| self.may_repeat(&cause));
            last = Some(cause);
            match wait {
                Some(wait) if Instant::now() + wait < deadline => sleep(wait).await,
                _ => break,
            }
        }
        let cause = self.interpret_cause(last.unwrap_or(Cause::TimedOut));
        warn(self.transport.upstream(), (self.method, self.path), &cause);
        Err(self.error(cause, effect))
    }

    /// Returns the span of one attempt, named as the semantic conventions of OpenTelemetry for HTTP clients say. It
    /// has the template of the path and none of its values.
    fn span(&self, attempt: u32) -> Span {
        tracing::info_span!(
            target: TRACE_TARGET,
            "request",
            otel.name = %format_args!("{} {}", self.method, self.path),
            otel.kind = "client",
            otel.status_code = Empty,
            peer.service = self.transport.upstream(),
            http.request.method = self.method,
            http.request.resend_count = attempt - 1,
            url.template = self.path,
            error.type = Empty,
        )
    }

    /// Returns what a cause means for this request: a creation that names no existing resource can't fail because one
    /// is missing, so that its 404 is a failure of the upstream.
    fn interpret_cause(&self, cause: Cause) -> Cause {
        match cause {
            Cause::NotFound if self.method == "POST" && self.segments.is_empty() => {
                Cause::Failed { status: 404 }
            }
            other => other,
        }
    }

    fn check_fields(&self) -> Result<(), Error> {
        let vet = self.transport.shared.settings.vet.filter(|_| !self.at_root);
        let Some(vet) = vet else { return Ok(()) };
        let Self { method, path, segments, query, body, .. } = self;
        let fields = vet(&Outgoing { method, path, segments, query, body: body.as_ref() });
        if fields.is_empty() {
            return Ok(());
        }
        let fields = fields.into_map();
        let names: Vec<_> = fields.keys().collect();
        let upstream = self.transport.upstream();
        tracing::warn!(upstream, method, path, ?names, "forbidden fields were not sent");
        Err(self.error(Cause::Refused(Refusal { status: 422, fields }), Effect::None))
    }

    /// Returns whether the request may be sent again at all. A command that changes something is sent again only if it
    /// never left: it may cost money.
    fn may_repeat(&self, cause: &Cause) -> bool {
        self.sealed.is_none() || self.reads || *cause == Cause::Unreachable
    }

    /// Returns whether a request with this outcome may have changed something.
    pub(crate) fn effect_of(&self, cause: &Cause) -> Effect {
        let in_doubt = matches!(
            cause,
            Cause::Dropped
                | Cause::TimedOut
                | Cause::Malformed
                | Cause::Mistaken
                | Cause::TooLarge
                | Cause::Crowded { .. }
                | Cause::Foreign { .. }
                | Cause::Barred { status: 500.., .. }
                | Cause::Failed { .. }
        );
        if in_doubt && !self.reads { Effect::Possible } else { Effect::None }
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
