//! The client: one Google Cloud project.

use std::time::Duration;

use covibe_domain::Secret;
use covibe_upstream::{
    BODY_LIMIT, CallStatistics, Cause, ConfigError, DEADLINE, Error, Expiry, GoogleAuth, Limiter,
    Rate, Request, Settings, Share, Transport, UpstreamAnswer, api_base,
};
use url::Url;

use super::error_reasons;

const NAME: &str = "Cloud DNS";

/// The path of the API.
const API: &str = "/dns/v1";

/// The address of the API.
const ADDRESS: &str = "https://dns.googleapis.com";

/// The calls that are made: Google's own limit is by minute and project, and others use it too.
const LIMIT: u32 = 300;

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its address; Google's by default.
    pub url: Url,
    /// The id of the project that the zones are in.
    pub project: String,
    /// Tokens for the scope `https://www.googleapis.com/auth/ndev.clouddns.readwrite` or a wider one, of a
    /// service account with the role `roles/dns.admin`.
    pub auth: GoogleAuth,
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The calls that may be made.
    pub rate: Rate,
}

impl Config {
    /// Returns the default settings for this project and account.
    pub fn new(project: impl Into<String>, auth: GoogleAuth) -> Result<Self, ConfigError> {
        let url = ADDRESS.parse().map_err(|_| ConfigError::Address { upstream: NAME })?;
        let (timeout, connect_timeout) = (Duration::from_secs(10), Duration::from_secs(3));
        let (project, expiry, rate) =
            (project.into(), Expiry::default(), Rate::within_limit(LIMIT));
        Ok(Self { url, project, auth, timeout, expiry, connect_timeout, rate })
    }
}

/// A client; cheap to clone.
#[derive(Clone, Debug)]
pub struct CloudDns {
    transport: Transport,
    project: String,
    auth: GoogleAuth,
}

impl CloudDns {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { url, project, auth, timeout, expiry, connect_timeout, rate } = config;
        let transport = Transport::new(Settings {
            upstream: NAME,
            base: api_base(NAME, &url, API)?,
            // Each request has a token's header in its place.
            authorization: Secret::new("none"),
            timeout,
            expiry,
            connect_timeout,
            deadline: DEADLINE,
            body_limit: BODY_LIMIT,
            limiter: Some(Limiter::new(rate, None)),
            observed: CallStatistics::default(),
            classify: error_reasons::classify,
            vet: None,
            slow: None,
        })?;
        Ok(Self { transport, project, auth })
    }

    /// Returns the same client with its calls counted for this share of the rate budget.
    #[must_use]
    pub fn for_share(&self, share: impl Into<Share>) -> Self {
        Self { transport: self.transport.for_share(share), ..self.clone() }
    }

    /// Returns the statistics of the calls of all clones.
    pub fn statistics(&self) -> &CallStatistics {
        self.transport.statistics()
    }

    /// Sends the request that `build` makes for the project.
    pub(super) async fn send(
        &self,
        build: impl Fn(&Transport) -> Request,
    ) -> Result<UpstreamAnswer, Error> {
        self.auth.send(|| build(&self.transport)).await
    }

    pub(super) fn project(&self) -> &str {
        &self.project
    }

    /// Returns an error of this upstream without a request.
    pub(super) fn error(method: &'static str, path: &'static str, cause: Cause) -> Error {
        let effect = covibe_upstream::Effect::None;
        Error { upstream: NAME, method, path, cause, effect }
    }
}
