//! The client: one Google Cloud project.

use std::time::Duration;

use covibe_domain::Secret;
use covibe_upstream::{
    BODY_LIMIT, CallStatistics, ConfigError, DEADLINE, Error, Expiry, GoogleAuth, Limiter,
    Priority, Rate, Request, Settings, Share, Transport, UpstreamAnswer, api_base,
};
use url::Url;

use super::error_answers;

const IAM: &str = "Google IAM";
const STORAGE: &str = "Cloud Storage";

/// The paths of the APIs.
const IAM_API: &str = "/v1";
const STORAGE_API: &str = "/storage/v1";

/// The addresses of the APIs.
const IAM_ADDRESS: &str = "https://iam.googleapis.com";
const STORAGE_ADDRESS: &str = "https://storage.googleapis.com";

/// The scope that suffices for both: IAM knows no narrower one.
pub const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The calls that are made to each API. Google's limits are higher, and others use them too.
const LIMIT: u32 = 300;

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct GoogleConfig {
    /// The address of IAM; Google's by default.
    pub iam: Url,
    /// The address of Cloud Storage, which also speaks S3; Google's by default.
    pub storage: Url,
    /// The id of the project that accounts and buckets are in.
    pub project: String,
    /// Tokens for [`SCOPE`], of a service account with the roles `roles/iam.serviceAccountAdmin`,
    /// `roles/storage.admin` and `roles/storage.hmacKeyAdmin`.
    pub auth: GoogleAuth,
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The calls that may be made to each API.
    pub rate: Rate,
}

impl GoogleConfig {
    /// Returns the default settings for this project and account.
    pub fn new(project: impl Into<String>, auth: GoogleAuth) -> Result<Self, ConfigError> {
        let iam = IAM_ADDRESS.parse().map_err(|_| ConfigError::Address { upstream: IAM })?;
        let storage =
            STORAGE_ADDRESS.parse().map_err(|_| ConfigError::Address { upstream: STORAGE })?;
        let (timeout, connect_timeout) = (Duration::from_secs(10), Duration::from_secs(3));
        let (project, expiry, rate) =
            (project.into(), Expiry::default(), Rate::within_limit(LIMIT));
        Ok(Self { iam, storage, project, auth, timeout, expiry, connect_timeout, rate })
    }

    fn transport(
        &self,
        (upstream, url, api): (&'static str, &Url, &'static str),
    ) -> Result<Transport, ConfigError> {
        Transport::new(Settings {
            upstream,
            base: api_base(upstream, url, api)?,
            // Each request has a token's header in its place.
            authorization: Secret::new("none"),
            timeout: self.timeout,
            expiry: self.expiry.clone(),
            connect_timeout: self.connect_timeout,
            deadline: DEADLINE,
            body_limit: BODY_LIMIT,
            limiter: Some(Limiter::new(self.rate, None)),
            observed: CallStatistics::default(),
            classify: error_answers::classify,
            vet: None,
            slow: None,
        })
    }
}

/// A client; cheap to clone.
#[derive(Clone, Debug)]
pub struct GoogleStorage {
    iam: Transport,
    storage: Transport,
    endpoint: Url,
    project: String,
    auth: GoogleAuth,
}

impl GoogleStorage {
    /// Creates a client; it does not connect yet. A rustls crypto provider must be installed.
    pub fn new(config: GoogleConfig) -> Result<Self, ConfigError> {
        let iam = config.transport((IAM, &config.iam, IAM_API))?;
        let storage = config.transport((STORAGE, &config.storage, STORAGE_API))?;
        let GoogleConfig { project, auth, storage: endpoint, .. } = config;
        Ok(Self { iam, storage, endpoint, project, auth })
    }

    /// Returns the same client with its calls counted for this share of each API's rate budget.
    #[must_use]
    pub fn for_share(&self, share: impl Into<Share>) -> Self {
        let share = share.into();
        Self {
            iam: self.iam.for_share(&share),
            storage: self.storage.for_share(&share),
            ..self.clone()
        }
    }

    /// Returns the same client with its calls made at this priority.
    #[must_use]
    pub fn at_priority(&self, priority: Priority) -> Self {
        Self {
            iam: self.iam.at_priority(priority),
            storage: self.storage.at_priority(priority),
            ..self.clone()
        }
    }

    /// Returns the address for S3, in path style, without a slash at its end.
    pub fn endpoint(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// Returns the statistics of the calls of all clones, to IAM and to Cloud Storage.
    pub fn statistics(&self) -> [&CallStatistics; 2] {
        [self.iam.statistics(), self.storage.statistics()]
    }

    /// Sends the request that `build` makes for IAM.
    pub(super) async fn iam(
        &self,
        build: impl Fn(&Transport) -> Request,
    ) -> Result<UpstreamAnswer, Error> {
        self.auth.send(|| build(&self.iam)).await
    }

    /// Sends the request that `build` makes for Cloud Storage.
    pub(super) async fn storage(
        &self,
        build: impl Fn(&Transport) -> Request,
    ) -> Result<UpstreamAnswer, Error> {
        self.auth.send(|| build(&self.storage)).await
    }

    pub(super) fn project(&self) -> &str {
        &self.project
    }
}
