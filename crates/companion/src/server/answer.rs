//! The answer of a server, within bounds.

use std::fmt;
use std::time::Duration;

use covibe_domain::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;

/// The maximum size of an answer, in bytes.
pub const MAX_ANSWER: usize = 2 * 1024 * 1024;

/// An answer that was read whole.
#[derive(Clone, Debug)]
pub struct ServerAnswer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl ServerAnswer {
    /// Sends a request and reads its answer.
    pub(super) async fn receive(request: RequestBuilder, endpoint: &str) -> Result<Self, NoAnswer> {
        let answer =
            request.send().await.map_err(|error| NoAnswer::from_request_error(endpoint, &error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = collect(answer, endpoint).await?;
        Ok(Self { status, headers, body })
    }

    /// Returns the body as JSON; none if it is not what the caller expects.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns the time of the server's clock, from the header `Date`.
    pub fn date(&self) -> Option<Timestamp> {
        let text = self.headers.get(DATE)?.to_str().ok()?;
        httpdate::parse_http_date(text).ok().map(Timestamp::from)
    }

    /// Returns the time to wait that the server asks for, at most an hour.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(Duration::from_hours(1)))
    }
}

async fn collect(mut answer: Response, endpoint: &str) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) =
        answer.chunk().await.map_err(|e| NoAnswer::from_request_error(endpoint, &e))?
    {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(NoAnswer(format!(
                "{endpoint} returned an answer of more than {MAX_ANSWER} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The reason why there is no answer: a sentence without its full stop, which names the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer(String);

impl NoAnswer {
    pub(super) fn unusable(endpoint: &str) -> Self {
        Self(format!("{endpoint} cannot be sent with this token"))
    }

    pub(super) fn too_slow(endpoint: &str, timeout: Duration) -> Self {
        Self(format!("{endpoint} did not answer within {} seconds", timeout.as_secs()))
    }

    /// Names the phase: the library's own texts contain addresses, and texts of whoever answers.
    fn from_request_error(endpoint: &str, error: &reqwest::Error) -> Self {
        let phase = match error {
            error if error.is_timeout() => "did not connect in time",
            error if error.is_connect() && has_tls_cause(error) => "has no valid certificate",
            error if error.is_connect() => "refused the connection, or has no address",
            _ => "closed the connection before the end of its answer",
        };
        Self(format!("{endpoint} {phase}"))
    }
}

/// Returns whether the cause of an error is TLS.
fn has_tls_cause(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<rustls::Error>() || error.to_string().contains("certificate") {
            return true;
        }
        cause = error.source();
    }
    false
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoAnswer {}
