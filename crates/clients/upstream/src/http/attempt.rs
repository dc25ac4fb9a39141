//! One attempt: its turn in the rate budget, the exchange, the body within its limit.

use std::str::FromStr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::RequestBuilder;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER,
};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::answer::UpstreamAnswer;
use super::answer_memory::RoomPermit;
use super::request::{Authorization, Request};
use super::upstream_account::header;
use crate::error::Cause;
use crate::limiter::{CallPermit, Exhausted, RateLimitState, WaitLimits};

/// The longest wait for a turn in our own rate budget. With 200 calls a minute, fifty shares have a turn
/// in fifteen seconds.
const TURN: WaitLimits =
    WaitLimits { first: Duration::from_secs(15), further: Duration::from_secs(8) };

/// The wait that is assumed after a 429 without a usable `Retry-After`.
const UNSTATED_WAIT: Duration = Duration::from_secs(10);

impl Request {
    /// Sends the request once. `take` turns a successful answer into the result, within the timeout
    /// of the attempt.
    pub(crate) async fn attempt<T, F>(
        &self,
        deadline: Instant,
        take: impl FnOnce(reqwest::Response) -> F,
    ) -> Result<T, Cause>
    where
        F: Future<Output = Result<T, Cause>>,
    {
        let settings = &self.transport.shared.settings;
        let url = self.url().ok_or(Cause::NotFound)?;
        let pass = self.pass(deadline).await?;
        // A streamed answer may take until the call's deadline as long as it keeps arriving.
        let patience = self.patience();
        let until = if self.streamed { deadline } else { Instant::now() + patience };
        let expired = settings.expiry.wait_for_expiry(self.method, url.path().to_owned());
        let observed = settings.observed.begin();
        let exchange =
            async { take(with_timeout(patience, self.exchange(url, pass)).await?).await };
        let outcome = tokio::select! {
            biased;
            outcome = timeout_at(until.min(deadline), exchange) => {
                outcome.unwrap_or(Err(Cause::TimedOut))
            }
            () = expired => Err(Cause::TimedOut),
        };
        observed.finish(&outcome);
        outcome
    }

    /// Returns the timeout of one attempt.
    fn patience(&self) -> Duration {
        let settings = &self.transport.shared.settings;
        let slow = settings.slow.filter(|slow| (slow.is_one)(self.method, self.body.as_ref()));
        slow.map_or(settings.timeout, |slow| slow.timeout)
    }

    /// Returns when the request has to be over, with all of its attempts, if it begins now.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.transport.shared.settings.deadline.max(self.patience())
    }

    /// Waits for a turn in the account's rate budget, if it has one.
    async fn pass(&self, deadline: Instant) -> Result<Option<CallPermit>, Cause> {
        let Some(limiter) = &self.transport.shared.settings.limiter else { return Ok(None) };
        let wait = TURN.at_most(deadline.duration_since(Instant::now()));
        let pass = limiter.acquire(self.transport.share(), self.transport.priority(), wait).await;
        let exhausted = |spent: Exhausted| {
            self.transport.statistics().not_sent();
            Cause::Limited { retry_after: spent.retry_after, ours: true }
        };
        pass.map(Some).map_err(exhausted)
    }

    async fn exchange(
        &self,
        url: Url,
        pass: Option<CallPermit>,
    ) -> Result<reqwest::Response, Cause> {
        let shared = &self.transport.shared;
        let pools = self.repeatable && self.sealed.is_none();
        let client = if pools { &shared.pooled } else { &shared.fresh };
        let method =
            reqwest::Method::from_bytes(self.method.as_bytes()).map_err(|_| Cause::Malformed)?;
        let request = client.request(method, url);
        let request = match &self.sealed {
            Some(sealed) => sealed.put(request)?,
            None => self.with_body(request)?,
        };
        let response = request.send().await.map_err(|error| connection_cause(&error))?;
        if let Some(date) = response.headers().get(DATE).and_then(|date| date.to_str().ok()) {
            shared.settings.observed.note_date(date);
        }
        if let Some(pass) = pass {
            pass.record_answer(read_rate_limit(&response));
        }
        let status = response.status();
        if status.is_success() || self.accepted.contains(&status.as_u16()) {
            return Ok(response);
        }
        Err(self.read_refusal(response).await)
    }

    /// Adds the headers, and the body if there is one.
    fn with_body(&self, request: RequestBuilder) -> Result<RequestBuilder, Cause> {
        let authorization = match &self.authorization {
            Authorization::Account => Some(&self.transport.shared.authorization),
            Authorization::Other(other) => Some(other.as_ref().map_err(|_| Cause::Unauthorized)?),
            Authorization::None => None,
        };
        let mut request = request.header(ACCEPT, "application/json");
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        for (name, text) in &self.signed {
            let value = header("", text).map_err(|_| Cause::Unauthorized)?;
            request = request.header(*name, value);
        }
        Ok(match (&self.body, &self.payload) {
            (Some(body), _) => {
                request.header(CONTENT_TYPE, "application/json").body(body.to_string())
            }
            (None, Some(payload)) => payload.put(request),
            // Google refuses a POST of unknown length, and an absent body leaves it out.
            (None, None) if self.method == "POST" => request.header(CONTENT_LENGTH, "0"),
            (None, None) => request,
        })
    }

    /// Returns a successful answer with its whole body.
    pub(crate) async fn read_whole(
        &self,
        response: reqwest::Response,
    ) -> Result<UpstreamAnswer, Cause> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let limit = self.transport.shared.settings.body_limit;
        let body = read(response, limit, self.transport.room()).await?;
        let unreadable = self.error(Cause::Malformed, self.effect_of(&Cause::Malformed));
        Ok(UpstreamAnswer::new(self.transport.clone(), (status, headers), body, unreadable))
    }

    /// Returns the URL with the template's segments filled in; `None` when one can't be a segment.
    fn url(&self) -> Option<Url> {
        let mut url = self.transport.base().clone();
        if self.sealed.is_some() {
            return Some(url);
        }
        if self.at_root {
            url.set_path("/");
        }
        let mut filled = self.segments.iter();
        {
            let mut path = url.path_segments_mut().ok()?;
            path.pop_if_empty();
            for part in self.path.split('/').filter(|part| !part.is_empty()) {
                let text = if part.starts_with('{') { filled.next()?.as_str() } else { part };
                // Proxies refuse an encoded slash, so that a path within a path is written with plain ones.
                let pieces = text.splitn(if part.ends_with("*}") { usize::MAX } else { 1 }, '/');
                for piece in pieces {
                    // A URL parser resolves these, and the path would name something else.
                    if matches!(piece, "" | "." | "..") {
                        return None;
                    }
                    path.push(piece);
                }
            }
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Some(url)
    }
}

/// Returns the outcome, or a timeout when it takes longer than `time`.
pub(crate) async fn with_timeout<T>(
    time: Duration,
    outcome: impl Future<Output = Result<T, Cause>>,
) -> Result<T, Cause> {
    timeout(time, outcome).await.unwrap_or(Err(Cause::TimedOut))
}

pub(super) fn retry_after(headers: &HeaderMap) -> Duration {
    let seconds = number::<u64>(headers, RETRY_AFTER.as_str());
    seconds.map_or(UNSTATED_WAIT, |seconds| Duration::from_secs(seconds.min(3600)))
}

/// Returns the state of the rate limit, as the answer's headers state it.
fn read_rate_limit(response: &reqwest::Response) -> RateLimitState {
    let headers = response.headers();
    RateLimitState {
        limit: number(headers, "x-ratelimit-limit"),
        remaining: number(headers, "x-ratelimit-remaining"),
        refused_for: (response.status().as_u16() == 429).then(|| retry_after(headers)),
    }
}

fn number<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

pub(crate) fn connection_cause(error: &reqwest::Error) -> Cause {
    if error.is_connect() {
        Cause::Unreachable
    } else if error.is_timeout() {
        Cause::TimedOut
    } else {
        Cause::Dropped
    }
}

/// Fails when the answer's `Content-Length` exceeds the limit.
pub(crate) fn check_announced_length(
    response: &reqwest::Response,
    limit: usize,
) -> Result<(), Cause> {
    let length = response.content_length().unwrap_or(0);
    if usize::try_from(length).map_or(true, |length| length > limit) {
        return Err(Cause::TooLarge);
    }
    Ok(())
}

/// Returns the body, and the memory that it counts as.
pub(super) async fn read(
    mut response: reqwest::Response,
    limit: usize,
    mut held: RoomPermit,
) -> Result<(Bytes, RoomPermit), Cause> {
    check_announced_length(&response, limit)?;
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| connection_cause(&error))? {
        if body.len() + chunk.len() > limit {
            return Err(Cause::TooLarge);
        }
        held.wait_for_room(body.len() + chunk.len()).await?;
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), held))
}
