//! This server's identity at Google, and the tokens that prove it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use covibe_domain::{Secret, boxed};
use serde::Deserialize;
use url::Url;

use super::assertion;
use super::error_reasons;
use super::key_file::{KeyFile, TOKEN_PATH};
use super::token_cache::{Token, TokenCache};
use crate::base_url::{ConfigError, api_base};
use crate::error::{Cause, Effect, Error, Trouble};
use crate::http::{CallStatistics, DEADLINE, Request, Settings, Transport, UpstreamAnswer};
use crate::test_timeouts::Expiry;

const NAME: &str = "Google";

/// The address of the metadata server on a machine of Google Cloud.
pub const METADATA: &str = "http://metadata.google.internal";

/// The path of the default service account's tokens there.
const METADATA_PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/token";

/// The grant of an assertion (RFC 7523).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The largest answer with a token, in bytes.
const BODY: usize = 64 * 1024;

/// The longest lifetime that is believed; Google's tokens have an hour.
const LONGEST: Duration = Duration::from_hours(12);

/// The means by which this server proves its identity.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// The key of a service account.
    KeyFile(KeyFile),
    /// The metadata server at this address, [`METADATA`] outside tests.
    Metadata(Url),
}

/// The times of requests for tokens.
#[derive(Clone, Debug)]
pub struct GoogleSettings {
    /// The timeout of one attempt.
    pub timeout: Duration,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// Ends attempts before that, in tests.
    pub expiry: Expiry,
}

impl Default for GoogleSettings {
    fn default() -> Self {
        let (timeout, connect_timeout) = (Duration::from_secs(10), Duration::from_secs(3));
        Self { timeout, connect_timeout, expiry: Expiry::default() }
    }
}

/// The tokens of one service account for some scopes; cheap to clone, and all clones share them.
#[derive(Clone)]
pub struct GoogleAuth(Arc<Inner>);

struct Inner {
    transport: Transport,
    key_file: Option<KeyFile>,
    scope: String,
    kept: TokenCache,
}

/// A token as it is issued. Its type is `Bearer`.
#[derive(Deserialize)]
struct Issued {
    access_token: Secret,
    /// In seconds.
    expires_in: u64,
    token_type: String,
}

impl GoogleAuth {
    /// Creates it; nothing is asked for yet. `scope` has the scopes, separated by spaces. A rustls crypto
    /// provider must be installed.
    pub fn new(
        credentials: Credentials,
        scope: impl Into<String>,
        settings: GoogleSettings,
    ) -> Result<Self, ConfigError> {
        let (base, key_file) = match credentials {
            Credentials::Metadata(url) => (url, None),
            Credentials::KeyFile(key_file) => (key_file.token_url().clone(), Some(key_file)),
        };
        let mut base = api_base(NAME, &base, "")?;
        base.set_path("");
        let transport = transport(base, settings)?;
        let (scope, kept) = (scope.into(), TokenCache::default());
        Ok(Self(Arc::new(Inner { transport, key_file, scope, kept })))
    }

    /// Returns the `Authorization` header of a request, with a token that does not expire within minutes.
    ///
    /// Concurrent callers ask for a token once. An error has no effect: the request was not sent.
    #[boxed]
    pub async fn authorization(&self) -> Result<Secret, Error> {
        let header = self.0.kept.get(self.0.fetch()).await;
        header.map_err(|error| Error { effect: Effect::None, ..error })
    }

    /// Sends the request that `build` makes, with a token, and once more with a new token if the first is
    /// rejected: Google may revoke one before it expires.
    pub async fn send(&self, build: impl Fn() -> Request) -> Result<UpstreamAnswer, Error> {
        let token = self.authorization().await?;
        match build().authorization(&token).send().await {
            Err(error) if error.cause == Cause::Unauthorized => {
                self.forget_rejected(&token);
                let token = self.authorization().await?;
                build().authorization(&token).send().await
            }
            outcome => outcome,
        }
    }

    /// Forgets a token whose header an API answered with 401, so that the next request gets another.
    pub fn forget_rejected(&self, authorization: &Secret) {
        self.0.kept.forget(authorization);
    }
}

impl fmt::Debug for GoogleAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleAuth").field("key_file", &self.0.key_file).finish_non_exhaustive()
    }
}

impl Inner {
    async fn fetch(&self) -> Result<Token, Error> {
        let answer = match &self.key_file {
            Some(key_file) => self.by_assertion(key_file).await?,
            None => self.by_metadata().await?,
        };
        let unreadable = answer.malformed();
        let issued: Issued = answer.json()?;
        token(issued).ok_or(unreadable)
    }

    async fn by_assertion(&self, key_file: &KeyFile) -> Result<UpstreamAnswer, Error> {
        let assertion = assertion::sign_assertion(key_file, &self.scope, SystemTime::now());
        let assertion = assertion.ok_or_else(unusable_key)?;
        let form = [("grant_type", GRANT), ("assertion", assertion.expose())];
        self.transport.post(TOKEN_PATH).form(&form).anonymous().repeatable().send().await
    }

    async fn by_metadata(&self) -> Result<UpstreamAnswer, Error> {
        let request =
            self.transport.get(METADATA_PATH).query("scopes", self.scope.replace(' ', ","));
        let answer = request.header("Metadata-Flavor", "Google").anonymous().send().await?;
        // Another server at that address would be believed otherwise.
        if answer.header("metadata-flavor") == Some("Google") {
            Ok(answer)
        } else {
            Err(Error { cause: Cause::Mistaken, ..answer.malformed() })
        }
    }
}

fn unusable_key() -> Error {
    let cause = Cause::Operator(Trouble {
        what: "the service account's key can't sign",
        fix: "create a new key for it in Google Cloud",
    });
    Error { upstream: NAME, method: "POST", path: TOKEN_PATH, cause, effect: Effect::None }
}

fn token(issued: Issued) -> Option<Token> {
    let Issued { access_token, expires_in, token_type } = issued;
    let text = access_token.expose();
    let is_usable = token_type.eq_ignore_ascii_case("Bearer")
        && expires_in > 0
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    let lifetime = Duration::from_secs(expires_in).min(LONGEST);
    is_usable.then(|| Token::from_issued(Secret::new(format!("Bearer {text}")), lifetime))
}

fn transport(base: Url, settings: GoogleSettings) -> Result<Transport, ConfigError> {
    let GoogleSettings { timeout, connect_timeout, expiry } = settings;
    Transport::new(Settings {
        upstream: NAME,
        base,
        // Every request here is anonymous.
        authorization: Secret::new("none"),
        timeout,
        expiry,
        connect_timeout,
        deadline: DEADLINE,
        body_limit: BODY,
        limiter: None,
        observed: CallStatistics::default(),
        classify: error_reasons::classify_token_error,
        vet: None,
        slow: None,
    })
}
