//! The client: one administrator's token on one Gitea.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::{Secret, boxed};
use covibe_upstream::{
    BODY_LIMIT, BudgetLoad, CallStatistics, ConfigError, DEADLINE, Error, Expiry, Limiter, Rate,
    Settings, Share, Transport, api_base,
};
use serde::Deserialize;
use url::Url;

use crate::{Version, error_answers};

const API: &str = "/api/v1";

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its address, with or without `/api/v1`.
    pub url: Url,
    /// A site administrator's token with the scopes write:admin, write:organization, write:user and
    /// write:repository.
    pub token: Secret,
    /// The administrator's user name.
    pub username: String,
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The calls that may be made. Gitea has no limit of its own, and a password costs it a tenth of a
    /// second of a processor.
    pub rate: Rate,
}

/// Twenty calls a second, and sixty at once.
const RATE: Rate = Rate { per_minute: 1200, burst: 60 };

impl Config {
    /// Returns the default settings for this address and administrator.
    pub fn new(url: Url, username: impl Into<String>, token: Secret) -> Self {
        let (timeout, connect_timeout) = (Duration::from_secs(10), Duration::from_secs(3));
        let (username, expiry) = (username.into(), Expiry::default());
        Self { url, token, username, timeout, expiry, connect_timeout, rate: RATE }
    }
}

/// Returns the header of the Basic method.
pub(crate) fn basic(user: &str, password: &str) -> Secret {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    Secret::new(format!("Basic {encoded}"))
}

/// Returns the base URL of an instance's pages, without a trailing slash.
fn pages(api: &Url) -> Url {
    let mut base = api.clone();
    let path = base.path().strip_suffix(API).unwrap_or_default().to_owned();
    base.set_path(&path);
    base
}

/// The answer to a request for the version.
#[derive(Deserialize)]
struct Answered {
    version: String,
}

/// A client; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) transport: Transport,
    /// The instance's pages, without authentication.
    pub(crate) pages: Transport,
    pub(crate) basic: Secret,
    /// The administrator's user name.
    pub(crate) username: String,
}

impl Client {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { url, token, username, timeout, expiry, connect_timeout, rate } = config;
        let (limiter, observed) = (Limiter::new(rate, None), CallStatistics::default());
        let token = token.expose();
        let authorization = if token.is_empty() { String::new() } else { format!("token {token}") };
        let settings = |base: Url, authorization: String| Settings {
            upstream: "Gitea",
            base,
            authorization: Secret::new(authorization),
            timeout,
            expiry: expiry.clone(),
            connect_timeout,
            deadline: DEADLINE,
            body_limit: BODY_LIMIT,
            limiter: Some(limiter.clone()),
            observed: observed.clone(),
            classify: error_answers::classify,
            vet: None,
            slow: None,
        };
        let base = api_base("Gitea", &url, API)?;
        let pages = Transport::new(settings(pages(&base), "none".to_owned()))?;
        let transport = Transport::new(settings(base, authorization))?;
        Ok(Self { transport, pages, basic: basic(&username, token), username })
    }

    /// Returns the same client with its calls counted for this share of the rate budget.
    #[must_use]
    pub fn for_share(&self, share: impl Into<Share>) -> Self {
        let share = share.into();
        Self {
            transport: self.transport.for_share(&share),
            pages: self.pages.for_share(&share),
            ..self.clone()
        }
    }

    /// Returns the statistics of the calls of all clones.
    pub fn statistics(&self) -> &CallStatistics {
        self.transport.statistics()
    }

    /// Returns how much of the rate budget is in use.
    pub fn load(&self) -> Option<BudgetLoad> {
        self.transport.load()
    }

    /// Returns Gitea's version, such as `1.26.3`.
    #[boxed]
    pub async fn version(&self) -> Result<String, Error> {
        Ok(self.transport.get("/version").json::<Answered>().await?.version)
    }

    /// Returns the administrator's user name.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the parsed version; fails as malformed where it can't be parsed.
    #[boxed]
    pub async fn probed(&self) -> Result<Version, Error> {
        let answer = self.transport.get("/version").send().await?;
        let unreadable = answer.malformed();
        let text: Answered = answer.json()?;
        Version::parse(&text.version).ok_or(unreadable)
    }

    /// Returns the base URL of its pages.
    pub fn web_base(&self) -> Url {
        let mut base = self.pages.base().clone();
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&format!("{path}/"));
        base
    }

    /// Returns the base URL of its API, without a trailing slash.
    pub fn api_base(&self) -> String {
        self.transport.base().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_and_api_addresses_are_derived_from_the_configured_one() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        for address in ["https://git.test", "https://git.test/api/v1/"] {
            let client =
                Client::new(Config::new(address.parse().unwrap(), "root", Secret::new("a")))
                    .unwrap();
            assert_eq!(client.web_base().as_str(), "https://git.test/");
            assert_eq!(client.api_base(), "https://git.test/api/v1");
            assert!(!format!("{client:?}").contains("cm9vdD"));
        }
        let sub = Client::new(Config::new(
            "https://c.test/git".parse().unwrap(),
            "root",
            Secret::new("a"),
        ))
        .unwrap();
        assert_eq!(sub.web_base().as_str(), "https://c.test/git/");
        assert!(
            Client::new(Config::new("https://git.test".parse().unwrap(), "root", Secret::new("")))
                .is_err()
        );
    }
}
