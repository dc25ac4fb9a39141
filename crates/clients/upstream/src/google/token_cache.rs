//! A cached token, replaced once for all callers before it expires.

use std::time::Duration;

use covibe_domain::Secret;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::error::Error;
use crate::single_flight::SingleFlight;

/// The longest part of a token's lifetime that is not used: a request that leaves at its end still
/// arrives in time.
const MARGIN: Duration = Duration::from_mins(5);

/// The pause after a failed fetch, during which the previous token is used.
const RESPITE: Duration = Duration::from_secs(30);

/// A token with its times.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// The whole `Authorization` header.
    authorization: Secret,
    /// The time from which a new one is fetched.
    due: Instant,
    /// The time at which it expires.
    expires: Instant,
}

impl Token {
    /// Returns a token that was issued now. It is replaced after four fifths of its lifetime, or five
    /// minutes before its end if that is later.
    pub(super) fn from_issued(authorization: Secret, lifetime: Duration) -> Self {
        let now = Instant::now();
        let margin = MARGIN.min(lifetime / 5);
        Self { authorization, due: now + lifetime.saturating_sub(margin), expires: now + lifetime }
    }
}

/// The token that is kept.
#[derive(Debug)]
pub(super) struct TokenCache {
    token: Mutex<Option<Token>>,
    /// With no lifetime, an outcome serves only those who waited for it.
    fetching: SingleFlight<Secret, Error>,
}

impl Default for TokenCache {
    fn default() -> Self {
        Self { token: Mutex::default(), fetching: SingleFlight::new(Duration::ZERO) }
    }
}

impl TokenCache {
    /// Returns the header of a token that is not due, from `fetch` where there is none.
    ///
    /// If that fails, a token that has not expired yet serves on.
    pub(super) async fn get(
        &self,
        fetch: impl Future<Output = Result<Token, Error>>,
    ) -> Result<Secret, Error> {
        if let Some(kept) = self.current(|token| token.due) {
            return Ok(kept);
        }
        let outcome = self.fetching.get(async {
            // Another caller's fetch may have ended between the look above and this one's turn.
            if let Some(kept) = self.current(|token| token.due) {
                return Ok(kept);
            }
            let token = fetch.await?;
            let authorization = token.authorization.clone();
            *self.token.lock() = Some(token);
            Ok(authorization)
        });
        outcome.await.or_else(|error| self.reuse_due_token().ok_or(error))
    }

    /// Forgets the token with this header, which the API rejected.
    pub(super) fn forget(&self, authorization: &Secret) {
        let mut token = self.token.lock();
        if token.as_ref().is_some_and(|kept| kept.authorization == *authorization) {
            *token = None;
        }
    }

    fn current(&self, end: impl Fn(&Token) -> Instant) -> Option<Secret> {
        let token = self.token.lock();
        let kept = token.as_ref().filter(|token| Instant::now() < end(token));
        kept.map(|token| token.authorization.clone())
    }

    /// Returns the token that is due and has not expired, and puts the next attempt off.
    fn reuse_due_token(&self) -> Option<Secret> {
        let mut token = self.token.lock();
        let now = Instant::now();
        let kept = token.as_mut().filter(|token| now < token.expires)?;
        kept.due = kept.due.max(now + RESPITE);
        Some(kept.authorization.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::error::{Cause, Effect};

    const HOUR: Duration = Duration::from_hours(1);

    /// Fetches tokens `1`, `2`, … and fails while `fails` is set.
    #[derive(Default)]
    struct Issuer {
        issued: AtomicU32,
        fails: Mutex<bool>,
    }

    impl Issuer {
        async fn fetch(&self) -> Result<Token, Error> {
            let number = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
            if *self.fails.lock() {
                let (method, path, effect) = ("POST", "/token", Effect::None);
                return Err(Error {
                    upstream: "Google",
                    method,
                    path,
                    cause: Cause::TimedOut,
                    effect,
                });
            }
            Ok(Token::from_issued(Secret::new(number.to_string()), HOUR))
        }
    }

    async fn get(kept: &TokenCache, issuer: &Issuer) -> Result<String, Cause> {
        let token = kept.get(issuer.fetch()).await;
        token.map(|token| token.expose().to_owned()).map_err(|error| error.cause)
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_callers_share_one_token_until_shortly_before_it_expires() {
        let (kept, issuer) = (Arc::new(TokenCache::default()), Arc::new(Issuer::default()));
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (kept, issuer) = (Arc::clone(&kept), Arc::clone(&issuer));
            callers.spawn(async move { get(&kept, &issuer).await });
        }
        assert!(callers.join_all().await.iter().all(|token| token.as_deref() == Ok("1")));
        tokio::time::advance(Duration::from_mins(55).saturating_sub(Duration::from_secs(1))).await;
        assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("1"));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_used_until_it_expires_while_its_renewal_fails() {
        let (kept, issuer) = (TokenCache::default(), Issuer::default());
        assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("1"));
        *issuer.fails.lock() = true;
        tokio::time::advance(Duration::from_mins(55)).await;
        for _ in 0..3 {
            assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("1"));
        }
        assert_eq!(issuer.issued.load(Ordering::SeqCst), 2, "asked again without a respite");
        tokio::time::advance(MARGIN).await;
        assert_eq!(get(&kept, &issuer).await, Err(Cause::TimedOut));
        *issuer.fails.lock() = false;
        assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("4"));
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_rejected_token_is_forgotten() {
        let (kept, issuer) = (TokenCache::default(), Issuer::default());
        assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("1"));
        kept.forget(&Secret::new("0"));
        assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("1"));
        kept.forget(&Secret::new("1"));
        assert_eq!(get(&kept, &issuer).await.as_deref(), Ok("2"));
    }
}
