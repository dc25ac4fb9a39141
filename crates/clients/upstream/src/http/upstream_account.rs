//! One account on one upstream: its address, its credentials, its timeouts and limits, and the operator's log of its
//! trouble, which has a line for each call that failed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Secret;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use serde_json::Value;
use url::Url;

use super::answer_memory::{AnswerMemory, RoomPermit};
use super::statistics::CallStatistics;
use crate::base_url::ConfigError;
use crate::error::{Cause, Error};
use crate::limiter::{BudgetLoad, Limiter, Priority, Share};
use crate::shown_message_fields::Fields;
use crate::test_timeouts::Expiry;

/// The default size limit of a body, in bytes; see [`crate::Request::streamed`] for longer ones.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// The default time for all attempts of one call together.
pub const DEADLINE: Duration = Duration::from_secs(25);

/// Returns the cause of an error answer by its status and JSON body (null when it is not JSON);
/// `None` where the status alone decides.
pub type Classify = fn(status: u16, body: &Value) -> Option<Cause>;

/// Every part of a request that may come from a caller.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// The HTTP method.
    pub method: &'static str,
    /// The path's template.
    pub path: &'static str,
    /// The values of the template's placeholders, in their order.
    pub segments: &'a [String],
    /// The query's parameters.
    pub query: &'a [(&'static str, String)],
    /// The body.
    pub body: Option<&'a Value>,
}

/// Returns the fields for which a request must not be sent, each with the reason. A request without
/// any is sent.
pub type Vet = fn(&Outgoing<'_>) -> Fields;

/// The settings of a [`Transport`].
pub struct Settings {
    /// The upstream's name, as it is shown to people.
    pub upstream: &'static str,
    /// The base URL of its API; see [`crate::api_base`].
    pub base: Url,
    /// The whole `Authorization` header.
    pub authorization: Secret,
    /// The timeout of one attempt, from connecting to the last byte.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The time for all attempts and the pauses between them.
    pub deadline: Duration,
    /// The size limit of an answer's body, in bytes.
    pub body_limit: usize,
    /// The account's rate budget, where the upstream has one.
    pub limiter: Option<Limiter>,
    /// Observes the calls; all accounts on an upstream may share it.
    pub observed: CallStatistics,
    /// Reads the upstream's error answers.
    pub classify: Classify,
    /// Checks each request before it is sent, where the client has a list of allowed fields.
    pub vet: Option<Vet>,
    /// The requests that may take longer, if there are any.
    pub slow: Option<Slow>,
}

/// Requests that the upstream takes longer for than for others.
#[derive(Clone, Copy)]
pub struct Slow {
    /// Returns whether a request of this method, with this body, is one.
    pub is_one: fn(&str, Option<&Value>) -> bool,
    /// The timeout of one attempt, and the least time for all attempts.
    pub timeout: Duration,
}

/// One account on one upstream; cheap to clone.
#[derive(Clone)]
pub struct Transport {
    pub(crate) shared: Arc<Shared>,
    share: Share,
    priority: Priority,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) authorization: HeaderValue,
    pub(crate) pooled: reqwest::Client,
    pub(crate) fresh: reqwest::Client,
    pub(crate) room: Arc<AnswerMemory>,
}

impl Transport {
    /// Creates a transport; it does not connect yet. A rustls crypto provider must be installed.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        let upstream = settings.upstream;
        let authorization = header(upstream, &settings.authorization)?;
        let pooled = build(&settings, |builder| builder)?;
        // A request that must not be sent twice always gets a new connection. On a pooled one that
        // the upstream is closing, hyper would send it again, or leave its outcome in doubt without
        // need.
        let fresh = build(&settings, |builder| builder.pool_max_idle_per_host(0))?;
        let shared =
            Arc::new(Shared { settings, authorization, pooled, fresh, room: Arc::default() });
        Ok(Self { shared, share: Share::from(""), priority: Priority::default() })
    }

    /// Returns the same account with its calls counted for `share` of the rate budget.
    #[must_use]
    pub fn for_share(&self, share: impl Into<Share>) -> Self {
        Self { share: share.into(), ..self.clone() }
    }

    /// Returns the same account with its calls made at this priority.
    #[must_use]
    pub fn at_priority(&self, priority: Priority) -> Self {
        Self { priority, ..self.clone() }
    }

    /// Returns how many polls could be made now without waiting for the account's rate budget.
    pub fn spare_calls(&self) -> u32 {
        self.shared.settings.limiter.as_ref().map_or(u32::MAX, Limiter::spare)
    }

    /// Returns how much of the account's rate budget is in use, if it has one.
    pub fn load(&self) -> Option<BudgetLoad> {
        self.shared.settings.limiter.as_ref().map(Limiter::load)
    }

    /// Returns the statistics of the calls.
    pub fn statistics(&self) -> &CallStatistics {
        &self.shared.settings.observed
    }

    /// Counts and logs an answer that came and can't be used.
    pub(super) fn cannot_use(&self, error: &Error) {
        self.statistics().cannot_use();
        warn(self.upstream(), (error.method, error.path), &error.cause);
    }

    /// Returns the base URL of the API, without a trailing slash.
    pub fn base(&self) -> &Url {
        &self.shared.settings.base
    }

    /// Returns the upstream's name, as it is shown to people.
    pub fn upstream(&self) -> &'static str {
        self.shared.settings.upstream
    }

    /// Returns the room of an answer to a call of this share.
    pub(crate) fn room(&self) -> RoomPermit {
        self.shared.room.enter(self.share.group())
    }

    pub(crate) fn share(&self) -> &Share {
        &self.share
    }

    pub(crate) fn priority(&self) -> Priority {
        self.priority
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("upstream", &self.upstream()).finish_non_exhaustive()
    }
}

/// Returns a sensitive header value.
pub(crate) fn header(upstream: &'static str, text: &Secret) -> Result<HeaderValue, ConfigError> {
    let mut value =
        HeaderValue::from_str(text.expose()).map_err(|_| ConfigError::Token { upstream })?;
    value.set_sensitive(true);
    if value.is_empty() { Err(ConfigError::Token { upstream }) } else { Ok(value) }
}

/// Returns the settings of an HTTP client that every client of an upstream has: it follows no redirects, repeats no
/// requests, and uses no proxy. A rustls crypto provider must be installed.
pub fn client_builder(
    upstream: &'static str,
    connect_timeout: Duration,
) -> Result<reqwest::ClientBuilder, ConfigError> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(ConfigError::Tls { upstream });
    }
    Ok(reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .user_agent(concat!("co-vibe/", env!("CARGO_PKG_VERSION"))))
}

fn build(
    settings: &Settings,
    tune: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, ConfigError> {
    let upstream = settings.upstream;
    let builder = client_builder(upstream, settings.connect_timeout)?;
    // Reading the system's certificates takes longer than the rest of a start, so an upstream without
    // TLS gets none. Redirects are not followed, so no request needs them later.
    let has_tls = settings.base.scheme() == "https";
    let builder = if has_tls { builder } else { builder.tls_certs_only([]) };
    tune(builder).build().map_err(|_| ConfigError::Tls { upstream })
}

/// Logs why a call failed, unless the upstream works. The writer of the log folds equal lines.
/// Values in the upstream's own words are not logged: they may repeat what it was sent.
pub(super) fn warn(upstream: &str, (method, path): (&str, &str), cause: &Cause) {
    if is_trouble(cause) {
        tracing::warn!(upstream, method, path, %cause, "a request to an upstream failed");
    }
}

/// Returns whether an operator should know of a failure: not of the caller's own mistakes, nor of
/// our own rate limit.
fn is_trouble(cause: &Cause) -> bool {
    match cause {
        Cause::Refused(_)
        | Cause::NotFound
        | Cause::UnknownName { .. }
        | Cause::Renamed { .. }
        | Cause::Crowded { .. }
        | Cause::Unsupported
        | Cause::Conflict(_) => false,
        Cause::Limited { ours, .. } => !ours,
        Cause::Unreachable
        | Cause::Dropped
        | Cause::TimedOut
        | Cause::Malformed
        | Cause::Mistaken
        | Cause::TooLarge
        | Cause::QueueFull
        | Cause::Unauthorized
        | Cause::Operator(_)
        | Cause::Barred { .. }
        | Cause::Elsewhere
        | Cause::Foreign { .. }
        | Cause::Failed { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_and_the_upstreams_rate_limits_are_logged_but_refusals_are_not() {
        let limited = |ours| Cause::Limited { retry_after: Duration::ZERO, ours };
        assert!(is_trouble(&Cause::TimedOut) && is_trouble(&limited(false)));
        assert!(!is_trouble(&Cause::NotFound) && !is_trouble(&limited(true)));
    }
}
