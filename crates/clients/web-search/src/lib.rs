//! Web searches by one of four providers: titles, addresses and snippets of pages, none of which is fetched.
//!
//! | provider | needs | documented at |
//! |---|---|---|
//! | [`Provider::Brave`] | a key | <https://api-dashboard.search.brave.com/app/documentation/web-search/get-started> |
//! | [`Provider::Tavily`] | a key | <https://docs.tavily.com/documentation/api-reference/endpoint/search> |
//! | [`Provider::Serper`] | a key | <https://serper.dev/playground> |
//! | [`Provider::Searxng`] | an address | <https://docs.searxng.org/dev/search_api.html> |
//!
//! A key is sent in a header and never in an address. Whatever an answer holds, a [`Hit`] has only an `http` or `https`
//! address and texts of one line, without tags and control characters, each within its limit.

mod brave;
mod provider;
mod search_result;
mod searxng;
mod serper;
mod tavily;
mod text_sanitizer;

use std::time::Duration;

use covibe_domain::{Secret, boxed};
use covibe_upstream::{
    CallStatistics, Expiry, Refusal, Settings, Transport, UpstreamAnswer, api_base,
};
use serde_json::Value;
use url::Url;

use crate::search_result::hit;

pub use covibe_upstream::{Cause, ConfigError, Error};
pub use provider::Provider;
pub use search_result::Hit;

/// The maximum number of hits of a search: Brave and Tavily answer no more.
pub const MAX_HITS: usize = 20;

/// The maximum length of a query, in characters: Brave and Tavily accept no longer one.
pub const MAX_QUERY: usize = 400;

/// The maximum size of an answer, in bytes. Twenty results take about 100 KB.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// Statuses whose bodies this crate reads: the transport expects another form of them.
const READ_HERE: &[u16] = &[400, 422];

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// The provider.
    pub provider: Provider,
    /// The key; empty for a provider that needs none.
    pub key: Secret,
    /// The instance, or an address in place of the vendor's.
    pub url: Option<Url>,
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The time for all attempts and the pauses between them.
    pub deadline: Duration,
}

impl Config {
    /// Returns the default settings for this provider and key: 15 s for an attempt, 25 s in all.
    pub fn new(provider: Provider, key: Secret, url: Option<Url>) -> Self {
        let [connect_timeout, timeout, deadline] = [5, 15, 25].map(Duration::from_secs);
        Self { provider, key, url, timeout, connect_timeout, deadline }
    }
}

/// A client; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    provider: Provider,
    key: Secret,
    transport: Transport,
}

impl Client {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    ///
    /// # Errors
    ///
    /// The provider needs a key that is not there or that no header can carry, or an address.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { provider, key, url, timeout, connect_timeout, deadline } = config;
        let upstream = provider.name();
        if provider.needs_key() && key.is_empty() {
            return Err(ConfigError::Token { upstream });
        }
        let vendors = || provider.address().and_then(|address| address.parse().ok());
        let url = url.or_else(vendors).ok_or(ConfigError::Address { upstream })?;
        let transport = Transport::new(Settings {
            upstream,
            base: api_base(upstream, &url, "")?,
            // Each request says how it presents the key.
            authorization: Secret::new("none"),
            timeout,
            expiry: Expiry::default(),
            connect_timeout,
            deadline,
            body_limit: BODY_LIMIT,
            limiter: None,
            observed: CallStatistics::default(),
            classify: provider.classify(),
            vet: None,
            slow: None,
        })?;
        Ok(Self { provider, key, transport })
    }

    /// Searches the web for a query of at most [`MAX_QUERY`] characters and returns the first hits, at most `count` and
    /// [`MAX_HITS`].
    #[boxed]
    pub async fn search(&self, query: &str, count: usize) -> Result<Vec<Hit>, Error> {
        let count = count.clamp(1, MAX_HITS);
        let request = self.provider.request(&self.transport, &self.key, query, count);
        let answer = request.accept_statuses(READ_HERE).send().await?;
        let (status, unreadable) = (answer.status(), answer.malformed());
        if status >= 400 {
            return Err(Error { cause: self.cause(status, answer), ..unreadable });
        }
        let body: Value = answer.json()?;
        let listed = self.provider.raw_hits(&body).ok_or(unreadable)?;
        Ok(listed.iter().filter_map(hit).take(count).collect())
    }

    /// Returns the provider.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Reads a refusal. A page instead of JSON is not the provider's.
    fn cause(&self, status: u16, answer: UpstreamAnswer) -> Cause {
        let Ok(body) = answer.json::<Value>() else { return Cause::Foreign { status } };
        let refused = || Cause::Refused(Refusal { status, ..Refusal::default() });
        self.provider.cause(status, &body).unwrap_or_else(refused)
    }
}
