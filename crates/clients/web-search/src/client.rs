//! The client: one account, or one instance.

use std::time::Duration;

use covibe_domain::{Secret, boxed};
use covibe_upstream::{
    Answer, Cause, ConfigError, Error, Expiry, Observed, Refusal, Settings, Transport, api_base,
};
use serde_json::Value;
use url::Url;

use crate::Provider;
use crate::provider::Listed;
use crate::text::{link, plain};

/// The maximum number of hits of a search: Brave and Tavily answer no more.
pub const MAX_HITS: usize = 20;

/// The maximum length of a query, in characters: Brave and Tavily accept no longer one.
pub const MAX_QUERY: usize = 400;

/// The maximum size of an answer, in bytes. Twenty results take about 100 KB.
const BODY_LIMIT: usize = 2 * 1024 * 1024;

/// The maximum size of a title and of a snippet, in bytes.
const TITLE: usize = 200;
const SNIPPET: usize = 700;

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

/// A page that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its title: one line of at most 200 bytes, which may be empty.
    pub title: String,
    /// Its `http` or `https` address.
    pub url: Url,
    /// A part of it, or a description: one line of at most 700 bytes, which may be empty.
    pub snippet: String,
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
            observed: Observed::default(),
            classify: provider.classify(),
            vet: None,
        })?;
        Ok(Self { provider, key, transport })
    }

    /// Searches the web for a query of at most [`MAX_QUERY`] characters and returns the first hits, at most `count` and
    /// [`MAX_HITS`].
    #[boxed]
    pub async fn search(&self, query: &str, count: usize) -> Result<Vec<Hit>, Error> {
        let count = count.clamp(1, MAX_HITS);
        let request = self.provider.request(&self.transport, &self.key, query, count);
        let answer = request.accepting(READ_HERE).send().await?;
        let (status, unreadable) = (answer.status(), answer.malformed());
        if status >= 400 {
            return Err(Error { cause: self.cause(status, answer), ..unreadable });
        }
        let body: Value = answer.json()?;
        let listed = self.provider.listed(&body).ok_or(unreadable)?;
        Ok(listed.iter().filter_map(hit).take(count).collect())
    }

    /// Returns the provider.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Reads a refusal. A page instead of JSON is not the provider's.
    fn cause(&self, status: u16, answer: Answer) -> Cause {
        let Ok(body) = answer.json::<Value>() else { return Cause::Foreign { status } };
        let refused = || Cause::Refused(Refusal { status, ..Refusal::default() });
        self.provider.cause(status, &body).unwrap_or_else(refused)
    }
}

/// Returns a result that has a usable address.
fn hit(listed: &Listed<'_>) -> Option<Hit> {
    let text = |value: &Value, max| plain(value.as_str().unwrap_or_default(), max);
    let url = link(listed.url.as_str()?)?;
    Some(Hit { title: text(listed.title, TITLE), url, snippet: text(listed.snippet, SNIPPET) })
}
