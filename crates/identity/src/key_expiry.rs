//! When a new key expires.

use std::time::Duration;

use covibe_domain::{Failure, Timestamp};

/// The lifetime of a key for which no expiry is given.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(90 * 24);

/// The requested expiry of a new key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// After 90 days, or with the key that mints it if that expires earlier.
    #[default]
    Default,
    /// At this time.
    At(Timestamp),
    /// Never.
    Never,
}

impl Expiry {
    /// Returns when a key that is minted now expires, or none if it never does.
    ///
    /// # Errors
    ///
    /// Forbidden if the key would outlive `latest`.
    pub(crate) fn resolve(
        self,
        now: Timestamp,
        latest: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, Failure> {
        match (self, latest) {
            (Self::Never, Some(latest)) => Err(outlives(latest)),
            (Self::At(at), Some(latest)) if at > latest => Err(outlives(latest)),
            (Self::At(at), _) => Ok(Some(at)),
            (Self::Never, None) => Ok(None),
            (Self::Default, latest) => {
                let at = now.after(DEFAULT_LIFETIME);
                Ok(Some(latest.map_or(at, |latest| at.min(latest))))
            }
        }
    }
}

fn outlives(latest: Timestamp) -> Failure {
    Failure::forbidden(format!(
        "This key expires at {latest} and cannot mint a key that is valid for longer."
    ))
    .hint("Pass an earlier `expiresAt`, omit it, or mint with a key whose scope is tenant.")
}
