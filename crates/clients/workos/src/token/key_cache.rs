//! The cache of the published keys: fetched once for all who wait, and again for a key that is new.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use covibe_domain::Secret;
use covibe_upstream::{Error, Transport};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::claims::{Claims, Expected};
use super::key_set::{KeySet, Published};
use super::token_format::Signed;
use crate::error::SignInError;

/// The time for which keys are kept.
const LIFETIME: Duration = Duration::from_mins(10);

/// The time after a fetch for an unknown key in which no other one is made for that reason, so that
/// tokens with invented keys don't make this server call WorkOS without end.
const PAUSE: Duration = Duration::from_secs(30);

/// Verifies tokens by the keys of one client.
#[derive(Debug)]
pub(crate) struct Keys {
    transport: Transport,
    expected: Expected,
    /// The caller that fetches holds it, and the others wait for the keys.
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    set: Option<(Arc<KeySet>, Instant)>,
    /// When keys were last fetched because one was unknown.
    looked: Option<Instant>,
}

impl Keys {
    /// Creates it; no keys are fetched yet.
    pub(crate) fn new(transport: Transport, expected: Expected) -> Self {
        Self { transport, expected, kept: Mutex::default() }
    }

    /// Verifies a token, and returns its claims.
    pub(crate) async fn verify(&self, token: &Secret) -> Result<Claims, SignInError> {
        let signed = Signed::parse(token.expose())?;
        self.keys_with(&signed.kid).await?.verify(&signed)?;
        Ok(self.expected.check(&signed.claims, SystemTime::now())?)
    }

    /// Returns the keys, with this one if WorkOS publishes it.
    async fn keys_with(&self, kid: &str) -> Result<Arc<KeySet>, Error> {
        let mut kept = self.kept.lock().await;
        if let Some((set, fetched)) = &kept.set
            && fetched.elapsed() < LIFETIME
        {
            let has_looked = kept.looked.is_some_and(|at| at.elapsed() < PAUSE);
            if set.contains_key(kid) || has_looked {
                return Ok(Arc::clone(set));
            }
            kept.looked = Some(Instant::now());
        }
        let set = Arc::new(self.fetch().await?);
        kept.set = Some((Arc::clone(&set), Instant::now()));
        Ok(set)
    }

    /// Fetches the keys, and returns the number of those that can sign tokens.
    pub(crate) async fn count(&self) -> Result<usize, Error> {
        Ok(self.fetch().await?.len())
    }

    async fn fetch(&self) -> Result<KeySet, Error> {
        let request = self.transport.get("/sso/jwks/{client}").segment(&self.expected.client_id);
        let answer = request.anonymous().send().await?;
        let unreadable = answer.malformed();
        let published: Published = answer.json()?;
        KeySet::read(published).ok_or(unreadable)
    }
}
