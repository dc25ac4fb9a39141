//! The client: one WorkOS environment, known by its client id and its API key.

use std::sync::Arc;
use std::time::Duration;

use covibe_domain::Secret;
use covibe_domain::internet::is_loopback_host;
use covibe_upstream::{
    CallStatistics, ConfigError, DEADLINE, Expiry, Limiter, Rate, Settings, Share, Transport,
    api_base,
};
use url::Url;

use crate::error_answers;
use crate::token::{Expected, Keys};

pub(crate) const NAME: &str = "WorkOS";

/// The address of the API.
const ADDRESS: &str = "https://api.workos.com";

/// The rate of the calls to it: at most 500 in ten seconds, because WorkOS allows so many changes in that time. It
/// allows 6,000 calls in a minute, and others use them too.
const RATE: Rate = Rate { per_minute: 2_250, burst: 125 };

/// The size limit of an answer, in bytes; a page of 100 entries has about 80,000.
const BODY: usize = 1024 * 1024;

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct WorkOsConfig {
    /// The address of the API; WorkOS' by default. Only `https`, or `http` on a loopback address.
    pub base: Url,
    /// The client id of the environment, `client_…`.
    pub client_id: String,
    /// The API key of the environment, `sk_…`, which is the client secret too.
    pub api_key: Secret,
    /// The issuer that tokens must name. By default it is not checked: WorkOS has used more than
    /// one, and the keys belong to this client only.
    pub issuer: Option<String>,
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The rate of the calls.
    pub rate: Rate,
}

impl WorkOsConfig {
    /// Returns the default settings for this environment.
    pub fn new(client_id: impl Into<String>, api_key: Secret) -> Result<Self, ConfigError> {
        let base = ADDRESS.parse().map_err(|_| ConfigError::Address { upstream: NAME })?;
        let (timeout, connect_timeout) = (Duration::from_secs(10), Duration::from_secs(3));
        let (client_id, expiry) = (client_id.into(), Expiry::default());
        let (issuer, rate) = (None, RATE);
        Ok(Self { base, client_id, api_key, issuer, timeout, expiry, connect_timeout, rate })
    }
}

/// A client; cheap to clone, and all clones share the keys that tokens are verified by.
#[derive(Clone, Debug)]
pub struct WorkOs {
    transport: Transport,
    client_id: String,
    api_key: Secret,
    keys: Arc<Keys>,
}

impl WorkOs {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Address`] for an address that is neither `https` nor on this machine;
    /// [`ConfigError::Token`] for a client id or a key that can't be one.
    pub fn new(config: WorkOsConfig) -> Result<Self, ConfigError> {
        let WorkOsConfig {
            base,
            client_id,
            api_key,
            issuer,
            timeout,
            expiry,
            connect_timeout,
            rate,
        } = config;
        if !is_private(&base) {
            return Err(ConfigError::Address { upstream: NAME });
        }
        if !is_client_id(&client_id) || api_key.is_empty() {
            return Err(ConfigError::Token { upstream: NAME });
        }
        let transport = Transport::new(Settings {
            upstream: NAME,
            base: api_base(NAME, &base, "")?,
            authorization: Secret::new(format!("Bearer {}", api_key.expose())),
            timeout,
            expiry,
            connect_timeout,
            deadline: DEADLINE,
            body_limit: BODY,
            limiter: Some(Limiter::new(rate, None)),
            observed: CallStatistics::default(),
            classify: error_answers::classify,
            vet: None,
            slow: None,
        })?;
        let expected = Expected { client_id: client_id.clone(), issuer };
        let keys = Arc::new(Keys::new(transport.clone(), expected));
        Ok(Self { transport, client_id, api_key, keys })
    }

    /// Returns the same client with its calls counted for this share of the rate budget: groups of shares take turns,
    /// and so do the shares of a group. The keys that tokens are verified by are fetched in a share of their own.
    #[must_use]
    pub fn for_share(&self, share: impl Into<Share>) -> Self {
        Self { transport: self.transport.for_share(share), ..self.clone() }
    }

    /// Returns the statistics of the calls of all clones.
    pub fn statistics(&self) -> &CallStatistics {
        self.transport.statistics()
    }

    /// Returns the address of the API.
    pub fn address(&self) -> &Url {
        self.transport.base()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(crate) fn api_key(&self) -> &Secret {
        &self.api_key
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Returns an address below the API's that a browser is sent to.
    pub(crate) fn page(&self, path: &[&str]) -> Url {
        let mut url = self.transport.base().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// Returns whether nobody else can read the API key, codes and tokens that are sent there.
fn is_private(base: &Url) -> bool {
    let is_loopback = base.host_str().is_some_and(is_loopback_host);
    base.scheme() == "https" || (base.scheme() == "http" && is_loopback)
}

/// Returns whether a text can be a client id, which is a segment of a path and a parameter:
/// letters, digits and underscores.
fn is_client_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_allowed_only_to_local_addresses() {
        for (text, expected) in [
            ("https://api.workos.com", true),
            ("http://127.0.0.1:4100", true),
            ("http://localhost:4100", true),
            ("http://[::1]:4100", true),
            ("http://api.workos.com", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example.com", false),
            ("ftp://127.0.0.1", false),
        ] {
            assert_eq!(is_private(&text.parse().unwrap()), expected, "{text}");
        }
    }
}
