//! One account on one upstream: where it is, how to sign in, and its bounds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Secret;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use serde_json::Value;
use url::Url;

use crate::{Cause, ConfigError, Expiry, Limiter, Request, Vet};

/// The largest body that is read, in bytes; see [`Request::streamed`] for longer ones.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// The time for all attempts of one call together.
pub const DEADLINE: Duration = Duration::from_secs(25);

/// Names the cause of an error answer from its status and its JSON (null when it is none), where
/// the upstream has ways of its own; `None` leaves it to the status.
pub type Classify = fn(status: u16, body: &Value) -> Option<Cause>;

/// What a [`Transport`] is made of.
pub struct Settings {
    /// The upstream's name, as in a sentence.
    pub upstream: &'static str,
    /// Where its API begins; see [`crate::api_base`].
    pub base: Url,
    /// The whole `Authorization` header.
    pub authorization: Secret,
    /// For one attempt, from connecting to the last byte.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// For connecting.
    pub connect_timeout: Duration,
    /// For all attempts and the waiting between them.
    pub deadline: Duration,
    /// For an answer's body, in bytes.
    pub body_limit: usize,
    /// The account's budget, where the upstream has one.
    pub limiter: Option<Limiter>,
    /// What the upstream's error answers mean.
    pub classify: Classify,
    /// Looks at each request before it leaves, where there is a list of what may.
    pub vet: Option<Vet>,
}

/// One account on one upstream; cheap to clone.
#[derive(Clone)]
pub struct Transport {
    pub(crate) shared: Arc<Shared>,
    share: Arc<str>,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) authorization: HeaderValue,
    pub(crate) pooled: reqwest::Client,
    pub(crate) fresh: reqwest::Client,
}

impl Transport {
    /// A transport; it connects to nothing yet. A rustls crypto provider must be installed.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        let upstream = settings.upstream;
        let authorization = header(upstream, &settings.authorization)?;
        let pooled = build(&settings, |builder| builder)?;
        // A request that must not be sent twice never meets a connection that the upstream may be
        // closing: hyper would send it again on another one where it is sure that the first had not
        // carried it, and where it is not, the outcome would be in doubt for no good reason.
        let fresh = build(&settings, |builder| builder.pool_max_idle_per_host(0))?;
        let shared = Arc::new(Shared { settings, authorization, pooled, fresh });
        Ok(Self { shared, share: Arc::from("") })
    }

    /// The same account, its turns in the budget counted for `share`.
    #[must_use]
    pub fn for_share(&self, share: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), share: Arc::from(share) }
    }

    /// Where the API begins, without a slash at its end.
    pub fn base(&self) -> &Url {
        &self.shared.settings.base
    }

    /// The upstream's name, as in a sentence.
    pub fn upstream(&self) -> &'static str {
        self.shared.settings.upstream
    }

    /// A request that reads; `path` is a template such as `/projects/{uuid}`.
    pub fn get(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "GET", path).repeatable()
    }

    /// A request that makes something or sets something going.
    pub fn post(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "POST", path)
    }

    /// A request that changes something.
    pub fn patch(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "PATCH", path)
    }

    /// A request that puts something into place.
    pub fn put(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "PUT", path)
    }

    /// A request that removes something.
    pub fn delete(&self, path: &'static str) -> Request {
        Request::new(self.clone(), "DELETE", path)
    }

    pub(crate) fn share(&self) -> &str {
        &self.share
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("upstream", &self.upstream()).finish_non_exhaustive()
    }
}

/// A header that holds a secret.
pub(crate) fn header(upstream: &'static str, text: &Secret) -> Result<HeaderValue, ConfigError> {
    let mut value =
        HeaderValue::from_str(text.expose()).map_err(|_| ConfigError::Token { upstream })?;
    value.set_sensitive(true);
    if value.is_empty() { Err(ConfigError::Token { upstream }) } else { Ok(value) }
}

fn build(
    settings: &Settings,
    tune: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, ConfigError> {
    let upstream = settings.upstream;
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(ConfigError::Tls { upstream });
    }
    let builder = reqwest::Client::builder()
        .connect_timeout(settings.connect_timeout)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .user_agent(concat!("co-vibe/", env!("CARGO_PKG_VERSION")));
    tune(builder).build().map_err(|_| ConfigError::Tls { upstream })
}
